#include "core/backoff.h"

#include <algorithm>
#include <cmath>

namespace respawnd::core {

Duration backoff_wait(const RestartSettings& settings, std::uint32_t unstable_runs, bool clean_end,
                      double random) {
    const Duration most = clean_end ? std::min(settings.max_backoff, max_backoff_after_clean_end)
                                    : settings.max_backoff;
    if (settings.backoff == Duration{0}) {
        // Below, an infinite power times zero would be no number.
        return settings.delay;
    }
    // In floating point, where a power that is too large becomes infinite instead of negative.
    const double grown = static_cast<double>(settings.backoff.count()) *
                         std::pow(settings.multiplier, static_cast<double>(unstable_runs) - 1.0);
    const double capped = std::min(grown, static_cast<double>(most.count()));
    const double spread = capped * (1.0 + settings.jitter * (2.0 * random - 1.0));
    constexpr double largest = 9.0e18;  // below 2^63, so that the conversion is defined
    const Duration wait(static_cast<Duration::rep>(std::min(spread, largest)));
    return std::max(wait, settings.delay);
}

}  // namespace respawnd::core
