// In what condition an instance can be. Each state carries exactly what it needs: there is no pid
// in Stopped and no deadline in Running, so that neither can be wrong.
//
// Whether an instance is wanted up or down is another value (instance.h): nothing but the operator,
// the job's file and the end of the daemon changes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/run_history.h"
#include "core/time.h"

namespace respawnd::core {

/// One start of an instance: a random number, never 0. What comes late for an older start is
/// recognised by it and dropped.
using Generation = std::uint64_t;

/// Why an instance is down.
enum class DownReason {
    not_enabled,
    by_operator,
    file_removed,
    not_asked_for,  ///< the job goes on, with other instances
    shutdown,
};

/// What follows when the last process of a run is gone.
struct AfterStop {
    enum class Kind { stay_down, start, after_end, failed_start, forked_itself };
    Kind kind = Kind::stay_down;
    AfterEnd decision;     ///< for after_end
    Instant decided_at{};  ///< for after_end: the wait counts from the end of the main process
    std::string reason;    ///< for failed_start and forked_itself
};

namespace state {

struct Stopped {};

/// Decided to start; exec(3) has not been seen yet. `has_process` says whether the clone is done.
struct Starting {
    Generation generation = 0;
    Instant give_up_at{};
    bool has_process = false;
    std::int32_t pid = 0;  ///< with has_process
};

/// The main process runs.
struct Running {
    Generation generation = 0;
    std::int32_t pid = 0;
    Instant since{};
    /// For a start that a crash loop has left untold: it is told once the run is stable.
    Instant tell_at = no_deadline;
};

/// Processes of a run are being ended: the main process, or what it left behind.
struct Stopping {
    Generation generation = 0;
    bool main_lives = false;
    bool is_killed = false;          ///< SIGKILL has been sent
    bool is_reported = false;        ///< somebody survives SIGKILL, and that has been told
    bool waits_for_command = false;  ///< `stop.command` runs; the signal has not been sent
    bool all_signalled = false;      ///< all processes have had the signal, not the main one alone
    Instant since{};
    Instant run_since{};  ///< when the run began that is being stopped
    Instant act_at{};     ///< the next deadline: SIGKILL, then SIGKILL again
    AfterStop then;
};

struct Backoff {
    Instant start_at{};
    bool counts = false;  ///< the start will count towards `limit`
};

struct Finished {};

struct Failed {
    std::string reason;
    Instant retry_at = no_deadline;
};

}  // namespace state

using State = std::variant<state::Stopped, state::Starting, state::Running, state::Stopping,
                           state::Backoff, state::Finished, state::Failed>;

/// The name that users see: `stopped`, `starting`, `running`, ...
[[nodiscard]] std::string_view name_of(const State& state);

/// When the state wants a DeadlineReached; `no_deadline` if it does not.
[[nodiscard]] Instant deadline_of(const State& state);

/// The start that the state belongs to; 0 when there is none.
[[nodiscard]] Generation generation_of(const State& state);

}  // namespace respawnd::core
