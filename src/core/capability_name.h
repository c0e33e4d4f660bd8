// Capabilities by name: capabilities(7).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace respawnd::core {

/// `CAP_NET_BIND_SERVICE`; a number that has no name here is `capability 99`.
[[nodiscard]] std::string capability_name(int number);

/// The number for `CAP_CHOWN`, `CHOWN` or the same in small letters; nothing for any other word.
[[nodiscard]] std::optional<int> capability_number(std::string_view name);

/// The names of all capabilities with CAP_ in front; the place of each is its number.
[[nodiscard]] std::span<const std::string_view> capability_names();

}  // namespace respawnd::core
