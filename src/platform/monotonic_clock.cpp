#include "platform/monotonic_clock.h"

#include <time.h>

#include <chrono>

namespace respawnd::platform {

core::Instant monotonic_now() {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);  // cannot fail with a clock that every Linux has
    const auto since_boot =
        std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    return core::Instant(std::chrono::duration_cast<core::Duration>(since_boot));
}

}  // namespace respawnd::platform
