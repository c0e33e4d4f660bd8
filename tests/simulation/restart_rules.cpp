#include "simulation/restart_rules.h"

#include <algorithm>

namespace respawnd::simulation {
namespace {

namespace event = core::event;
namespace state = core::state;
using core::ExitStatus;

template <class Alternative, class Variant>
bool is(const Variant& variant) {
    return std::holds_alternative<Alternative>(variant);
}

bool is_in(const std::vector<core::EndMatch>& list, const ExitStatus& status) {
    for (const core::EndMatch& match : list) {
        if (match.kind == core::EndMatch::Kind::exit_code &&
            status.kind == ExitStatus::Kind::exited && status.number == match.number) {
            return true;
        }
        if (match.kind == core::EndMatch::Kind::signal &&
            status.kind == ExitStatus::Kind::signalled && status.number == match.number) {
            return true;
        }
    }
    return false;
}

/// A start that failed is seen when nothing of it is left.
bool start_failed(const Observation& step) {
    if (step.is_late) {
        return false;
    }
    if (is<state::Starting>(step.before)) {
        const bool gave_up = is<event::DeadlineReached>(step.event) &&
                             !std::get<state::Starting>(step.before).has_process &&
                             step.now >= core::deadline_of(step.before);
        return gave_up || is<event::StartFailed>(step.event);
    }
    const auto* stopping = std::get_if<state::Stopping>(&step.before);
    const bool is_gone = !is<state::Stopping>(step.after.state);
    return stopping != nullptr && stopping->then.kind == core::AfterStop::Kind::failed_start &&
           is_gone;
}

}  // namespace

std::optional<Ending> RunWatcher::ending(const Observation& step) {
    if (is<event::Executed>(step.event) && is<state::Running>(step.after.state)) {
        since_[step.name] = step.now;
    }
    if (start_failed(step)) {
        const auto* failed = std::get_if<event::StartFailed>(&step.event);
        const bool lacks =
            is<state::Starting>(step.before) && failed != nullptr && failed->lack_of_resources;
        return Ending{lacks ? Ending::Kind::lack_of_resources : Ending::Kind::failure};
    }
    const auto* ended = std::get_if<event::MainEnded>(&step.event);
    if (ended == nullptr || step.is_late || !is<state::Running>(step.before)) {
        return std::nullopt;
    }
    Ending ending;
    const core::RestartSettings& settings = step.definition.restart;
    const bool clean = is_in(settings.success, ended->status);
    ending.kind = clean ? Ending::Kind::clean : Ending::Kind::failure;
    ending.is_fatal = !clean && is_in(settings.fatal, ended->status);
    ending.has_run = true;
    ending.ran_for = step.now - since_[step.name];
    ending.forked_itself = ended->left_behind && ending.ran_for < std::chrono::seconds(2) &&
                           ended->status.kind == ExitStatus::Kind::exited &&
                           ended->status.number == 0;
    return ending;
}

bool begins_anew(const Observation& step) {
    if (is<event::StartWanted>(step.event)) {
        return true;
    }
    const auto* changed = std::get_if<event::DefinitionChanged>(&step.event);
    if (changed == nullptr || !step.after.is_wanted) {
        return false;
    }
    if (changed->program) {
        return true;
    }
    const auto* stopping = std::get_if<state::Stopping>(&step.before);
    const bool finishes = stopping != nullptr &&
                          stopping->then.kind == core::AfterStop::Kind::after_end &&
                          stopping->then.decision.kind == core::AfterEnd::Kind::finish;
    return is<state::Backoff>(step.before) || is<state::Failed>(step.before) ||
           (stopping != nullptr && !finishes);
}

bool launches(const Observation& step) {
    return std::ranges::any_of(step.actions,
                               [](const auto& action) { return is<core::action::Launch>(action); });
}

}  // namespace respawnd::simulation
