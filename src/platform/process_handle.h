// A process that cannot be mistaken for another: its pid and a pidfd.
//
// Destroying a handle does NOT end the process: the handle owns our view of it, nothing else. A
// daemon that goes away leaves its jobs running, so RAII must not clean up here.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "core/exit_status.h"
#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

class [[nodiscard]] ProcessHandle {
  public:
    ProcessHandle() = default;
    /// Takes over a pidfd that belongs to `pid`.
    ProcessHandle(pid_t pid, UniqueFd pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}

    /// A handle on a process that lives or is a zombie. Whoever holds only a number has to make
    /// sure afterwards that it is the process that was meant (inode(), its parent, its cgroup).
    [[nodiscard]] static core::Result<ProcessHandle> open(pid_t pid);

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// For the loop: readable once the process has ended (all its threads). Still owned here.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
    explicit operator bool() const noexcept { return static_cast<bool>(pidfd_); }

    /// The pidfd's inode number, unique until the next boot; nothing before Linux 6.9.
    [[nodiscard]] std::optional<std::uint64_t> inode() const;

    /// Sends a signal to exactly this process; ESRCH when it has been reaped. 0 only asks.
    [[nodiscard]] core::Result<void> signal(int number) const;

    /// Sends a signal to the process group that this process leads. Refused with ESRCH once reap()
    /// has returned a status: until then the pid, and with it the group's number, cannot be
    /// anybody else's.
    [[nodiscard]] core::Result<void> signal_group(int number) const;

    /// The status of a child that has ended, which is a zombie no longer afterwards; nothing while
    /// it lives. For a process that is not our child, or that somebody else has reaped: unknown,
    /// once it has ended.
    [[nodiscard]] std::optional<core::ExitStatus> reap();

    /// Has it ended? A zombie has.
    [[nodiscard]] bool has_ended() const;

  private:
    pid_t pid_ = -1;
    UniqueFd pidfd_;
    bool reaped_ = false;
};

}  // namespace respawnd::platform
