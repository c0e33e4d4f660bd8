// To which instance a process belongs that has come to the daemon because its parent ended. The
// daemon is a subreaper (prctl(2)), so every such process becomes its child; which instance made
// it must be found out from marks, and a process can wipe off all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/fleet.h"

namespace respawnd::core {

/// The marks that a process carries. 0: none, or unreadable.
struct ProcessMarks {
    Generation generation = 0;  ///< RESPAWND_GENERATION in its environment
    Generation output = 0;      ///< the output FIFO that it writes to
    std::int32_t session = 0;   ///< getsid(2)
    std::uint64_t slack = 0;    ///< the timer slack in nanoseconds
};

/// The timer slack that processes of an instance are started with: the usual 50 us and a few
/// nanoseconds, which say whose they are. Children inherit it whatever becomes of their session,
/// their environment and their descriptors, and hardly any program sets it.
[[nodiscard]] std::uint64_t slack_of(InstanceId id);

/// The runs that may have processes, found by their marks.
class Ownership {
  public:
    /// `session` is the pid of the main process, which leads a session of its own.
    void add(InstanceId id, Generation generation, std::int32_t session);
    void remove(InstanceId id, Generation generation);

    /// Whom the process belongs to. The generation is a random number that no other job can know,
    /// and a session cannot be joined from outside; the output, which may have been handed on, and
    /// the slack come last. A process without any mark belongs to all of `ended_now`, the instances
    /// of which a process has just ended, as that explains it: it is better to hold up one too many
    /// than to start a job beside itself. Where none has ended it belongs to the only run there is,
    /// and to nobody if there are several: a job is not to lose a process because another one ends.
    [[nodiscard]] std::vector<InstanceId> owners(const ProcessMarks& marks,
                                                 std::span<const InstanceId> ended_now) const;

    /// Whether session or slack say it, which are there without a look into the process's memory.
    [[nodiscard]] bool is_told(const ProcessMarks& marks) const;

  private:
    struct Run {
        Generation generation = 0;  ///< 0: the instance has none
        std::int32_t session = 0;
    };
    template <class Matches>
    [[nodiscard]] std::optional<InstanceId> find(Matches matches) const;
    [[nodiscard]] std::optional<InstanceId> by_slack(std::uint64_t slack) const;

    /// By instance. Looked through from end to end for an orphan, which is rare, and small, which
    /// counts for every job.
    std::vector<Run> runs_;
    std::size_t count_ = 0;
};

}  // namespace respawnd::core
