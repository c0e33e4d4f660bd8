// To which instance a process belongs that has come to the daemon because its parent ended. The
// daemon is a subreaper (prctl(2)), so every such process becomes its child; which instance made
// it must be found out from marks, and a process can wipe off all of them.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/fleet.h"

namespace respawnd::core {

/// The marks that a process carries. 0: none, or unreadable.
struct ProcessMarks {
    Generation generation = 0;  ///< RESPAWND_GENERATION in its environment
    Generation output = 0;      ///< the output FIFO that it writes to
    std::int32_t session = 0;   ///< getsid(2)
};

/// The runs that may have processes, found by their marks.
class Ownership {
  public:
    /// `session` is the pid of the main process, which leads a session of its own.
    void add(InstanceId id, Generation generation, std::int32_t session);
    void remove(Generation generation, std::int32_t session);

    /// Whom the process belongs to. The generation is a random number that no other job can know,
    /// and a session cannot be joined from outside; the output comes last, because it may have been
    /// handed on. Nothing but an end explains a process without any mark, so it belongs to all of
    /// `ended_now`, the instances of which a process has just ended: it is better to hold up one
    /// too many than to start a job beside itself.
    [[nodiscard]] std::vector<InstanceId> owners(const ProcessMarks& marks,
                                                 std::span<const InstanceId> ended_now) const;

  private:
    struct Run {
        InstanceId id = 0;
        Generation generation = 0;
    };
    std::unordered_map<Generation, InstanceId> by_generation_;
    std::unordered_map<std::int32_t, Run> by_session_;
};

}  // namespace respawnd::core
