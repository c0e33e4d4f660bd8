// The bare loop: what a supervisor that does nothing else would cost. Its second form takes the
// steps in the child that ours takes, and is the limit of what can be reached.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace respawnd::bench {

enum class Child {
    spawned,  ///< posix_spawn(3)
    set_up,   ///< vfork, then session, mask, umask, folder and close_range
};

/// Starts the program and returns its pid; ends the measuring program when that fails.
pid_t bare_start(Child kind, const std::vector<std::string>& words);

/// Starts a second for `seconds`, with `at_once` children that end at once and are started again.
double bare_storm(Child kind, int at_once, double seconds, const std::vector<std::string>& words);

}  // namespace respawnd::bench
