// The pids of children that are no orphans: main processes, stop commands, helpers, the logger.
#pragma once

#include <sys/types.h>

#include <unordered_set>

namespace respawnd::daemon {

/// Whoever starts a child registers it until it has reaped it.
using OwnProcesses = std::unordered_set<pid_t>;

}  // namespace respawnd::daemon
