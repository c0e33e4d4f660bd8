// A stop ends within stop.timeout plus the time that SIGKILL takes, or who survives is reported.
// SIGKILL never comes before the timeout, unless somebody asked for it or a start hangs.
#include <map>

#include "core/limits.h"
#include "simulation/promise.h"

namespace respawnd::simulation {
namespace {

using core::Instant;
namespace event = core::event;
namespace state = core::state;

template <class Alternative, class Variant>
bool is(const Variant& variant) {
    return std::holds_alternative<Alternative>(variant);
}

bool sends_kill(const core::Action& action) {
    if (const auto* all = std::get_if<core::action::SignalAll>(&action)) {
        return all->signal == 9;
    }
    const auto* main = std::get_if<core::action::SignalMain>(&action);
    return main != nullptr && main->signal == 9;
}

class StopsEnd : public Promise {
  public:
    void stepped(const Observation& step) override {
        begin(step);
        if (is<event::KillWanted>(step.event)) {
            stops_[step.name].kill_from = step.now;
        }
        for (const core::Action& action : step.actions) {
            look_at(step, action);
        }
        if (is<event::KillWanted>(step.event) && is<state::Stopping>(step.after.state) &&
            !stops_[step.name].is_killed) {
            violated(step.name, "is not killed though somebody has no more patience");
        }
        if (!is<state::Stopping>(step.after.state)) {
            stops_.erase(step.name);
        }
    }

    void turned(Instant now, const core::Fleet& fleet, const ProcessTable& processes) override {
        for (const auto& [name, stop] : stops_) {
            // The daemon may be stopped in front of each of the two deadlines.
            const Instant kill_by = core::after(stop.kill_from, longest_sleep);
            if (!stop.is_killed && now > kill_by) {
                violated(name, "was not killed at the end of its time");
            }
            if (stop.is_killed && !stop.is_reported &&
                now > stop.killed_at + core::kill_takes_at_most + longest_sleep) {
                violated(name, "survives SIGKILL and is not reported");
            }
        }
        check_rest(fleet, processes);
    }

  private:
    struct Stop {
        Instant kill_from{};
        Instant killed_at{};
        bool is_killed = false;
        bool is_reported = false;
    };

    void begin(const Observation& step) {
        if (is<state::Stopping>(step.before) || !is<state::Stopping>(step.after.state)) {
            return;
        }
        const bool start_hangs =
            is<state::Starting>(step.before) && is<event::DeadlineReached>(step.event);
        stops_[step.name] = {.kill_from =
                                 start_hangs ? step.now
                                             : core::after(step.now, step.definition.stop.timeout)};
    }

    void look_at(const Observation& step, const core::Action& action) {
        if (is<core::action::ReportSurvivors>(action)) {
            Stop& stop = stops_[step.name];
            stop.is_reported = true;
            if (!stop.is_killed || step.now < stop.killed_at + core::kill_takes_at_most) {
                violated(step.name, "survivors are reported before SIGKILL had its time");
            }
        }
        if (!sends_kill(action)) {
            return;
        }
        const auto found = stops_.find(step.name);
        if (found == stops_.end() || step.now < found->second.kill_from) {
            violated(step.name, "is killed before its time");
            return;
        }
        if (!found->second.is_killed) {
            found->second.is_killed = true;
            found->second.killed_at = step.now;
        }
    }

    /// Once the main process is gone, everybody else has been asked to go.
    void check_rest(const core::Fleet& fleet, const ProcessTable& processes) {
        for (const auto& [pid, process] : processes.all()) {
            if (process.is_signalled || !stops_.contains(process.owner)) {
                continue;
            }
            const auto id = fleet.find(process.owner);
            const auto* stopping =
                id ? std::get_if<state::Stopping>(&fleet.at(*id).instance.state) : nullptr;
            if (stopping != nullptr && !stopping->main_lives) {
                violated(process.owner, "a process that was left behind is not asked to end");
            }
        }
    }

    std::map<core::InstanceName, Stop> stops_;
};

}  // namespace

std::unique_ptr<Promise> stops_end() {
    return std::make_unique<StopsEnd>();
}

}  // namespace respawnd::simulation
