// What the core asks for: imperatives, carried out by the daemon in their order. They are things
// that happen once; timers are no actions, they follow from deadline_of().
#pragma once

#include <string>
#include <variant>

#include "core/instance_state.h"

namespace respawnd::core {

namespace action {

/// Start the program. The answer is Spawned, then Executed; or StartFailed at any time.
struct Launch {
    Generation generation = 0;
};

/// Forget a start that has no process yet. There is no answer.
struct AbandonLaunch {
    Generation generation = 0;
};

/// Send the signal to the main process, and SIGCONT after it.
struct SignalMain {
    int signal = 0;
};

/// Send the signal to every process of the instance, and SIGCONT after it.
struct SignalAll {
    int signal = 0;
};

/// Run `stop.command`; the answer is StopCommandEnded.
struct RunStopCommand {};

/// Say which processes survive SIGKILL.
struct ReportSurvivors {};

/// The instance is down and its definition gone: forget it.
struct Forget {};

/// Tell the operator. `text` has no name and no full stop.
struct Tell {
    enum class Level { info, warning, error };
    Level level = Level::info;
    std::string text;
};

}  // namespace action

using Action =
    std::variant<action::Launch, action::AbandonLaunch, action::SignalMain, action::SignalAll,
                 action::RunStopCommand, action::ReportSurvivors, action::Forget, action::Tell>;

}  // namespace respawnd::core
