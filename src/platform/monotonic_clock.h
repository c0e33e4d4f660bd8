// What time it is, for a core that cannot ask.
#pragma once

#include "core/time.h"

namespace respawnd::platform {

/// CLOCK_MONOTONIC: it never jumps, and stands still while the machine sleeps.
[[nodiscard]] core::Instant monotonic_now();

}  // namespace respawnd::platform
