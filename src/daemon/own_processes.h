// Which children of the daemon are no orphans: those that it started itself, and those that it had
// when it was started.
#pragma once

#include <sys/types.h>

#include <unordered_set>

namespace respawnd::daemon {

struct OwnProcesses {
    /// Main processes, stop commands, helpers, the logger. Whoever started one reaps it and takes
    /// it out.
    std::unordered_set<pid_t> watched;
    /// Those that nobody waits for any more, or that came with us: they belong to no instance, and
    /// are reaped with the orphans.
    std::unordered_set<pid_t> dismissed;

    void dismiss(pid_t pid) {
        watched.erase(pid);
        dismissed.insert(pid);
    }
};

}  // namespace respawnd::daemon
