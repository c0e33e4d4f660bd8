#include "core/backoff.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;

constexpr bool clean = true;
constexpr bool failed = false;

TEST(Backoff, doubles_until_the_maximum) {
    const RestartSettings settings;
    EXPECT_EQ(backoff_wait(settings, 1, failed, 0.5), 100ms);
    EXPECT_EQ(backoff_wait(settings, 2, failed, 0.5), 200ms);
    EXPECT_EQ(backoff_wait(settings, 5, failed, 0.5), 1600ms);
    EXPECT_EQ(backoff_wait(settings, 10, failed, 0.5), 51200ms);
    EXPECT_EQ(backoff_wait(settings, 11, failed, 0.5), 1min);
    EXPECT_EQ(backoff_wait(settings, 4294967295, failed, 0.5), 1min);
}

TEST(Backoff, spreads_by_the_jitter) {
    const RestartSettings settings;
    EXPECT_EQ(backoff_wait(settings, 1, failed, 0.0), 90ms);
    EXPECT_NEAR(static_cast<double>(backoff_wait(settings, 1, failed, 1.0).count()), 110000, 1);
}

TEST(Backoff, is_at_least_the_delay) {
    RestartSettings settings;
    settings.delay = 5s;
    EXPECT_EQ(backoff_wait(settings, 1, failed, 0.0), 5s);
    EXPECT_EQ(backoff_wait(settings, 7, failed, 0.5), 6400ms);
}

TEST(Backoff, grows_to_one_second_after_clean_ends) {
    const RestartSettings settings;
    EXPECT_EQ(backoff_wait(settings, 1, clean, 0.5), 100ms);
    EXPECT_EQ(backoff_wait(settings, 9, clean, 0.5), 1s);
}

TEST(Backoff, of_zero_is_zero_however_long_the_row) {
    // 0 times a power that has become infinite is no number.
    RestartSettings settings;
    settings.backoff = 0s;
    for (const std::uint32_t runs : {1U, 2U, 1023U, 1025U, 5000U, 4294967295U}) {
        EXPECT_EQ(backoff_wait(settings, runs, failed, 0.5), 0s) << runs;
        EXPECT_EQ(backoff_wait(settings, runs, failed, 0.9), 0s) << runs;
    }
}

TEST(Backoff, saturates_without_a_maximum) {
    RestartSettings settings;
    settings.max_backoff = infinite;
    settings.multiplier = 1e300;
    const Duration wait = backoff_wait(settings, 3, failed, 1.0);
    EXPECT_GT(wait, 24h * 365 * 100000);
    EXPECT_EQ(after(Instant{24h * 365 * 20000}, infinite), no_deadline);
}

RestartSettings any_settings() {
    RestartSettings settings;
    settings.delay = Duration(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
    settings.backoff = Duration(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
    settings.max_backoff = *rc::gen::inRange(0, 5) == 0
                               ? infinite
                               : Duration(*rc::gen::inRange<std::int64_t>(0, 100'000'000'000));
    settings.multiplier =
        *rc::gen::element(1.0, 1.5, 2.0, 10.0, 1e6, 1e300, std::numeric_limits<double>::max());
    settings.jitter = *rc::gen::element(0.0, 0.1, 0.5, 1.0);
    return settings;
}

double any_share() {
    return static_cast<double>(*rc::gen::inRange(0, 1001)) / 1000.0;
}

std::uint32_t any_row() {
    return *rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(1, 50),
                           rc::gen::inRange<std::uint32_t>(1, 4294967295));
}

RC_GTEST_PROP(BackoffProperty, is_never_below_the_delay_nor_above_the_maximum, ()) {
    const RestartSettings settings = any_settings();
    const bool after_clean_end = *rc::gen::arbitrary<bool>();
    const Duration wait = backoff_wait(settings, any_row(), after_clean_end, any_share());
    RC_ASSERT(wait >= settings.delay);
    const double most = static_cast<double>(settings.max_backoff.count()) * (1 + settings.jitter);
    RC_ASSERT(static_cast<double>(wait.count()) <=
              std::max(most, static_cast<double>(settings.delay.count())) + 1);
    if (after_clean_end) {
        RC_ASSERT(
            static_cast<double>(wait.count()) <=
            std::max(1e6 * (1 + settings.jitter), static_cast<double>(settings.delay.count())) + 1);
    }
}

RC_GTEST_PROP(BackoffProperty, never_shrinks_in_a_row_without_jitter, ()) {
    RestartSettings settings = any_settings();
    settings.jitter = 0;
    const std::uint32_t row = any_row();
    RC_ASSERT(backoff_wait(settings, row, failed, any_share()) <=
              backoff_wait(settings, row + 1, failed, any_share()));
}

RC_GTEST_PROP(BackoffProperty, stays_within_the_jitter_of_the_middle, ()) {
    RestartSettings settings = any_settings();
    settings.delay = 0s;
    const std::uint32_t row = any_row();
    const auto middle = static_cast<double>(backoff_wait(settings, row, failed, 0.5).count());
    const auto wait = static_cast<double>(backoff_wait(settings, row, failed, any_share()).count());
    RC_ASSERT(wait >= middle * (1 - settings.jitter) - 1);
    RC_ASSERT(wait <= middle * (1 + settings.jitter) + 1);
}

}  // namespace
}  // namespace respawnd::core
