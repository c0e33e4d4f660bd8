// Instants and durations. Nothing in core can ask what time it is: it is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

namespace respawnd::core {

using Duration = std::chrono::microseconds;

/// CLOCK_MONOTONIC as a type without now(): a clock that jumps (ntp, `date -s`) moves no deadline.
struct MonotonicClock {
    using duration = Duration;
    using rep = Duration::rep;
    using period = Duration::period;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;

/// What "infinity" in a job file becomes; as a deadline it never comes.
inline constexpr Duration infinite = Duration::max();
inline constexpr Instant no_deadline = Instant::max();

/// `from` plus `wait` without overflow: an infinite wait gives `no_deadline`.
[[nodiscard]] constexpr Instant after(Instant from, Duration wait) {
    if (wait == infinite || wait >= no_deadline - from) {
        return no_deadline;
    }
    return from + wait;
}

}  // namespace respawnd::core
