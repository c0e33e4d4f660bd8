// What the daemon holds for one start of an instance, from the decision to start until the last of
// its processes is gone. There is one for every instance that runs, so it is kept small.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "core/instance_state.h"
#include "platform/child_process.h"
#include "platform/process_handle.h"

namespace respawnd::daemon {

/// A child between clone and the news about its exec.
struct PendingExec {
    platform::StartedChild child;
    /// Why it failed: told before the process has ended. Empty: not known yet.
    std::string failure;
};

/// A `stop.command` that runs.
struct StopCommand {
    platform::ProcessHandle process;
    std::unique_ptr<PendingExec> pending;
};

struct Run {
    core::Generation generation = 0;
    /// The main process; empty before the clone and after its end.
    platform::ProcessHandle main;
    std::unique_ptr<PendingExec> pending;
    std::unique_ptr<StopCommand> stop_command;
    /// The session that the main process leads, and its pid; stays after its end. 0 before the
    /// clone.
    pid_t session = 0;
    core::Instant since{};  ///< the clone
    bool has_output = false;
    bool wants_stop_command = false;
};

}  // namespace respawnd::daemon
