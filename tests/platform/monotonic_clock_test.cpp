#include "platform/monotonic_clock.h"

#include <gtest/gtest.h>

namespace respawnd::platform {
namespace {

TEST(MonotonicClock, never_goes_back) {
    core::Instant last = monotonic_now();
    EXPECT_GT(last.time_since_epoch().count(), 0);
    for (int i = 0; i < 10000; ++i) {
        const core::Instant now = monotonic_now();
        ASSERT_GE(now, last);
        last = now;
    }
}

}  // namespace
}  // namespace respawnd::platform
