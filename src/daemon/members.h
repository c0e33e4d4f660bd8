// All processes of one instance: its main process, what it left behind, and what descends from
// them.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>

#include "core/instance_event.h"
#include "daemon/orphans.h"

namespace respawnd::daemon {

class Members {
  public:
    /// `main` is 0 once the main process has ended.
    Members(Orphans& orphans, core::InstanceId id, pid_t main)
        : orphans_(orphans), id_(id), main_(main) {}

    /// Signals each of them, and what they fork meanwhile; false when they fork faster than that.
    [[nodiscard]] bool signal(int number);
    /// SIGKILL for those who fork faster than they are killed: each is stopped where it is found,
    /// so that it keeps its place in its user's limit of processes, and killed when none moves any
    /// more. False when some still do: those that are stopped stay so for the next call.
    [[nodiscard]] bool stop_and_kill();
    /// Who they are and why they live on, for the operator; empty when there is none.
    [[nodiscard]] std::string survivors() const;

  private:
    [[nodiscard]] std::set<pid_t> list() const;
    [[nodiscard]] bool stop_moving();

    Orphans& orphans_;
    core::InstanceId id_;
    pid_t main_;
};

}  // namespace respawnd::daemon
