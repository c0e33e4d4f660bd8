#include "core/message_budget.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;

constexpr Instant begin{1h};

TEST(MessageBudget, lets_a_burst_pass_and_counts_the_rest) {
    MessageBudget budget;
    for (std::uint32_t i = 0; i < messages_in_a_burst; ++i) {
        EXPECT_TRUE(budget.take(begin));
    }
    EXPECT_FALSE(budget.take(begin));
    EXPECT_FALSE(budget.take(begin + message_every - 1us));
    EXPECT_EQ(budget.take_untold(), 2U);
    EXPECT_EQ(budget.take_untold(), 0U);
}

TEST(MessageBudget, earns_one_message_at_a_time) {
    MessageBudget budget;
    while (budget.take(begin)) {
    }
    EXPECT_TRUE(budget.take(begin + message_every));
    EXPECT_FALSE(budget.take(begin + message_every));
    EXPECT_TRUE(budget.take(begin + 3 * message_every));
    EXPECT_TRUE(budget.take(begin + 3 * message_every));
    EXPECT_FALSE(budget.take(begin + 3 * message_every));
}

TEST(MessageBudget, never_saves_more_than_a_burst) {
    MessageBudget budget;
    EXPECT_TRUE(budget.take(begin));
    const Instant much_later = begin + 24h * 365 * 100;
    for (std::uint32_t i = 0; i < messages_in_a_burst; ++i) {
        EXPECT_TRUE(budget.take(much_later));
    }
    EXPECT_FALSE(budget.take(much_later));
}

}  // namespace
}  // namespace respawnd::core
