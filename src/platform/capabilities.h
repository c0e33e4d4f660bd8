// Linux capabilities by number and name: capabilities(7).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace respawnd::platform {

/// A bit for each number; numbers that no set has room for are left out.
[[nodiscard]] std::uint64_t capability_set(std::span<const int> numbers);

/// `CAP_NET_BIND_SERVICE`; one that has no name here is `capability 55`.
[[nodiscard]] std::string capability_name(unsigned number);

}  // namespace respawnd::platform
