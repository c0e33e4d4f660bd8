// Sets of Linux capabilities as the kernel takes them: capabilities(7). Names are core's.
#pragma once

#include <cstdint>
#include <span>

namespace respawnd::platform {

/// A bit for each number; numbers that no set has room for are left out.
[[nodiscard]] std::uint64_t capability_set(std::span<const int> numbers);

}  // namespace respawnd::platform
