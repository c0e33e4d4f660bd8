// Signals by name: signal(7).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace respawnd::core {

/// `SIGTERM`; a real-time signal is `SIGRTMIN+3`; a number that is no signal is `signal 99`.
[[nodiscard]] std::string signal_name(int number);

/// The number for `SIGTERM`, `TERM` or `SIGRTMIN+3`; nothing for any other word, also `15`.
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

/// The names of all standard signals with SIG in front, for suggestions.
[[nodiscard]] std::span<const std::string_view> signal_names();

}  // namespace respawnd::core
