#include "daemon/dispatcher.h"

namespace respawnd::daemon {

using core::InstanceId;
namespace action = core::action;

void Dispatcher::connect(Runs& runs, DeadlineTimers& timers,
                         std::function<void(InstanceId)> stepped) {
    runs_ = &runs;
    timers_ = &timers;
    stepped_ = std::move(stepped);
}

void Dispatcher::post(InstanceId id, core::Event event) {
    (performs_ ? answers_ : queue_).emplace_back(id, std::move(event));
    drain();
}

void Dispatcher::post(core::Fleet::Events events) {
    for (auto& entry : events) {
        queue_.push_back(std::move(entry));
    }
    drain();
}

void Dispatcher::drain() {
    if (drains_) {
        return;
    }
    drains_ = true;
    while (!answers_.empty() || !queue_.empty()) {
        auto& from = answers_.empty() ? queue_ : answers_;
        const auto [id, event] = std::move(from.front());
        from.pop_front();
        if (fleet_.has(id)) {
            take(id, event);
        }
    }
    drains_ = false;
}

void Dispatcher::take(InstanceId id, const core::Event& event) {
    core::Member& member = fleet_.at(id);
    const core::Surroundings surroundings{
        .now = loop_.now(), .new_generation = random_.number(), .random = random_.share()};
    actions_.clear();
    const std::string_view before = core::name_of(member.instance.state);
    core::step(*member.definition, member.instance, event, surroundings, actions_);
    timers_->set(id, core::deadline_of(member.instance.state));
    const std::string_view after = core::name_of(member.instance.state);
    if (before != after && log_.tells_debug()) {
        log_.debug(member.full_name() + ": " + std::string(before) + " -> " + std::string(after));
    }
    performs_ = true;
    for (const core::Action& asked : actions_) {
        perform(id, asked);
    }
    performs_ = false;
    stepped_(id);
}

void Dispatcher::perform(InstanceId id, const core::Action& action) {
    if (const auto* launch = std::get_if<action::Launch>(&action)) {
        runs_->launch(id, launch->generation);
    } else if (const auto* abandon = std::get_if<action::AbandonLaunch>(&action)) {
        runs_->abandon(id, abandon->generation);
    } else if (const auto* main = std::get_if<action::SignalMain>(&action)) {
        runs_->signal_main(id, main->signal);
    } else if (const auto* all = std::get_if<action::SignalAll>(&action)) {
        runs_->signal_all(id, all->signal);
    } else if (std::holds_alternative<action::RunStopCommand>(action)) {
        runs_->run_stop_command(id);
    } else if (std::holds_alternative<action::ReportSurvivors>(action)) {
        runs_->report_survivors(id);
    } else if (const auto* tell = std::get_if<action::Tell>(&action)) {
        log_.tell(tell->level, fleet_.at(id).full_name() + ": " + tell->text);
    } else {
        fleet_.forget(id);
    }
}

}  // namespace respawnd::daemon
