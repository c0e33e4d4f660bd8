#include "platform/random_source.h"

#include <gtest/gtest.h>

#include <set>

namespace respawnd::platform {
namespace {

TEST(RandomSource, numbers_differ_and_are_never_nothing) {
    RandomSource source;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(source.number());
    }
    EXPECT_EQ(seen.size(), 1000U);
    EXPECT_FALSE(seen.contains(0));
}

TEST(RandomSource, two_sources_do_not_agree) {
    RandomSource first;
    RandomSource second;
    EXPECT_NE(first.number(), second.number());
}

TEST(RandomSource, shares_lie_between_nothing_and_all) {
    RandomSource source;
    double sum = 0;
    for (int i = 0; i < 1000; ++i) {
        const double share = source.share();
        ASSERT_GE(share, 0.0);
        ASSERT_LT(share, 1.0);
        sum += share;
    }
    EXPECT_NEAR(sum / 1000, 0.5, 0.1);
}

}  // namespace
}  // namespace respawnd::platform
