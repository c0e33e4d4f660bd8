// What can happen to an instance: facts, told by the daemon after they happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/exit_status.h"
#include "core/instance_state.h"

namespace respawnd::core {

/// What a main process left behind.
struct LeftBehind {
    std::uint32_t count = 0;
    std::int32_t pid = 0;  ///< of one of them
    std::string title;     ///< its command line, safe to print
};

namespace event {

/// Somebody wants it up: the operator, a new or changed file.
struct StartWanted {};

/// Its file changed in a way that the running program must be restarted for, or (not `program`)
/// only in one that applies to it as it is.
struct DefinitionChanged {
    bool program = false;
};

struct StopWanted {
    DownReason reason = DownReason::by_operator;
};

/// No more patience: SIGKILL now.
struct KillWanted {};

/// The clone is done; the child sets itself up.
struct Spawned {
    Generation generation = 0;
    std::int32_t pid = 0;
};

/// exec(3) succeeded.
struct Executed {
    Generation generation = 0;
};

/// The start failed, and no process of it is left.
struct StartFailed {
    Generation generation = 0;
    std::string reason;
    bool lack_of_resources = false;
};

/// The main process has ended and was reaped.
struct MainEnded {
    Generation generation = 0;
    ExitStatus status;
    std::optional<LeftBehind> left_behind;
};

/// After the end of the main process the last of what it left behind is gone.
struct RestGone {
    Generation generation = 0;
};

/// `stop.command` has ended, in `words`, or could not be started.
struct StopCommandEnded {
    Generation generation = 0;
    bool succeeded = false;
    std::string words;
};

/// deadline_of() has come.
struct DeadlineReached {};

}  // namespace event

using Event =
    std::variant<event::StartWanted, event::DefinitionChanged, event::StopWanted, event::KillWanted,
                 event::Spawned, event::Executed, event::StartFailed, event::MainEnded,
                 event::RestGone, event::StopCommandEnded, event::DeadlineReached>;

}  // namespace respawnd::core
