#include "platform/capabilities.h"

namespace respawnd::platform {

std::uint64_t capability_set(std::span<const int> numbers) {
    constexpr int set_width = 64;
    std::uint64_t set = 0;
    for (const int number : numbers) {
        if (number >= 0 && number < set_width) {
            set |= std::uint64_t{1} << number;
        }
    }
    return set;
}

}  // namespace respawnd::platform
