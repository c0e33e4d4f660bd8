// What is remembered of an instance's earlier runs, and how often it may be restarted.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/exit_status.h"
#include "core/job_definition.h"
#include "core/time.h"

namespace respawnd::core {

struct RunHistory {
    /// Starts since the operator's last wish or edit, the first one not counted.
    std::uint32_t restarts = 0;
    /// Unstable runs in a row: what the backoff grows with.
    std::uint32_t unstable_runs = 0;
    /// When restarts were caused by failures, as far as `window` asks, oldest first.
    std::vector<Instant> failure_restarts;
    std::optional<ExitStatus> last_exit;
};

/// How a run, or the attempt at one, ended.
struct RunEnd {
    /// None: the program could not be started.
    std::optional<ExitStatus> status;
    Duration ran_for{0};
    /// The system had no process or memory to give: retried, but no failure of the job.
    bool lack_of_resources = false;
};

/// What comes after the end of a run.
struct AfterEnd {
    enum class Kind {
        restart,        ///< after `wait`
        finish,         ///< a clean end that the policy leaves alone
        leave_failed,   ///< a failure that the policy `never` leaves alone
        give_up_limit,  ///< one failure more than `limit` in `window`
        give_up_fatal,  ///< an end that `fatal` lists
    };
    Kind kind = Kind::restart;
    Duration wait{0};
    bool counts = false;  ///< the restart is caused by a failure, and counts towards `limit`
};

/// True for an end that `success` lists.
[[nodiscard]] bool is_clean(const RestartSettings& settings, const ExitStatus& status);

/// Decides by policy, `success`, `fatal`, and `limit` in `window`, and notes in `history` what the
/// next wait needs. `random` is uniform in [0, 1].
[[nodiscard]] AfterEnd decide_after_end(const RestartSettings& settings, RunHistory& history,
                                        const RunEnd& end, Instant now, double random);

/// Notes that the instance starts again by itself. It is told at the restart and not when that was
/// decided: stopping what a run left behind comes between, and `window` is about restarts.
void note_restart(RunHistory& history, bool counts, Instant now);

}  // namespace respawnd::core
