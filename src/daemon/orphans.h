// The processes that jobs left behind. The daemon is a subreaper, so whatever a job makes becomes a
// child of the daemon when its parent ends: the list of our children, less the processes that we
// started ourselves, is all there is to look at.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/instance_event.h"
#include "core/ownership.h"
#include "daemon/own_processes.h"
#include "platform/children_of.h"

namespace respawnd::daemon {

class Orphans {
  public:
    /// What is a child of ours by now came with us and belongs to nobody.
    explicit Orphans(OwnProcesses& own_processes) : own_processes_(own_processes) {
        for (const pid_t pid : children_.list()) {
            if (!own_processes_.watched.contains(pid)) {
                own_processes_.dismissed.insert(pid);
            }
        }
    }

    /// A run whose processes are to be known again.
    void add_run(core::InstanceId id, core::Generation generation, pid_t session);
    /// No process of that run is left.
    void remove_run(core::InstanceId id, core::Generation generation);

    /// Reaps orphans that have ended and finds the owners of new ones; `ended_now` are the
    /// instances whose main processes were reaped just before.
    void sweep(std::span<const core::InstanceId> ended_now);

    /// What there is of an instance beside its main process, as of the last sweep.
    [[nodiscard]] std::optional<core::LeftBehind> left_behind(core::InstanceId id) const;
    /// The orphans of an instance, as of the last sweep.
    [[nodiscard]] std::vector<pid_t> of(core::InstanceId id) const;
    /// Those of nobody, and of everybody: for the end of the daemon.
    [[nodiscard]] std::vector<pid_t> all() const;

  private:
    struct Orphan {
        std::vector<core::InstanceId> owners;
        std::uint64_t seen_in = 0;  ///< the sweep that saw it last
    };

    void set_dismissed_aside();
    [[nodiscard]] std::vector<core::InstanceId> reap();
    [[nodiscard]] std::optional<std::vector<core::InstanceId>> owners_of(
        pid_t pid, std::span<const core::InstanceId> ended_now) const;
    void find_owners(pid_t pid, std::span<const core::InstanceId> ended_now);

    OwnProcesses& own_processes_;
    platform::OwnChildren children_;
    core::Ownership ownership_;
    std::unordered_map<pid_t, Orphan> orphans_;
    std::vector<pid_t> pids_;  ///< kept for its memory
    std::uint64_t sweep_ = 0;
};

}  // namespace respawnd::daemon
