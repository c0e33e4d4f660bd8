// How long to wait before the next start.
#pragma once

#include <cstdint>

#include "core/job_definition.h"
#include "core/time.h"

namespace respawnd::core {

/// A clean end under `always` is no trouble, so its wait never grows beyond this.
inline constexpr Duration max_backoff_after_clean_end = std::chrono::seconds(1);

/// The wait after the `unstable_runs`th unstable run in a row (counted from 1): `backoff` times
/// `multiplier` for each further one, at most `max_backoff`, plus or minus the share `jitter`, and
/// never less than `delay`. `random` is uniform in [0, 1]. Saturates, never overflows.
[[nodiscard]] Duration backoff_wait(const RestartSettings& settings, std::uint32_t unstable_runs,
                                    bool clean_end, double random);

}  // namespace respawnd::core
