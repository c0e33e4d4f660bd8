// Every fixed limit of the program, each with its reason.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace respawnd::core {

/// From the decision to start until exec. A program on a dead network mount hangs for ever in
/// chdir(2) or execve(2); a slow disk needs a second or two.
inline constexpr Duration start_deadline = std::chrono::seconds(20);

/// A program that exits 0 sooner than this and leaves processes behind has put itself into the
/// background: shell wrappers and daemon(3) are done within milliseconds, PHP frameworks within one
/// second.
inline constexpr Duration forks_itself_within = std::chrono::seconds(2);

/// SIGKILL takes effect within milliseconds unless the process hangs in the kernel (state D).
inline constexpr Duration kill_takes_at_most = std::chrono::seconds(5);

/// Messages of one instance before they are summed up: a crash loop at full speed ends hundreds of
/// times a second.
inline constexpr std::uint32_t messages_in_a_burst = 10;
inline constexpr Duration message_every = std::chrono::seconds(10);

}  // namespace respawnd::core
