// An instance is restarted after failures at most `limit` times in any `window`, and it gives up
// for no other reason than that, a fatal end or its policy.
#include <algorithm>
#include <map>

#include "simulation/promise.h"
#include "simulation/restart_rules.h"

namespace respawnd::simulation {
namespace {

class LimitInWindow : public Promise {
  public:
    void stepped(const Observation& step) override {
        Track& track = tracks_[step.name];
        const auto ending = watcher_.ending(step);
        const bool is_edited = std::holds_alternative<core::event::DefinitionChanged>(step.event);
        if (begins_anew(step)) {
            track = {};
        } else if (is_edited) {
            // Another window or limit is in force; what it makes of older restarts is not promised.
            track = {.is_exact = false};
        }
        if (ending) {
            check_giving_up(step, track, *ending);
            track.has_failed = ending->kind == Ending::Kind::failure;
        }
        if (launches(step)) {
            check_launch(step, track);
        }
        if (std::holds_alternative<core::event::StopWanted>(step.event)) {
            track.has_failed = false;
        }
    }

  private:
    struct Track {
        std::vector<core::Instant> restarts;
        bool has_failed = false;
        bool is_exact = true;
    };

    static std::int64_t count(const Track& track, const Observation& step) {
        return std::ranges::count_if(track.restarts, [&](core::Instant at) {
            return core::after(at, step.definition.restart.window) > step.now;
        });
    }

    void check_launch(const Observation& step, Track& track) {
        const bool is_retry = std::holds_alternative<core::state::Failed>(step.before);
        if (track.has_failed && !is_retry && !begins_anew(step)) {
            track.restarts.push_back(step.now);
            const auto limit = static_cast<std::int64_t>(step.definition.restart.limit);
            if (limit != 0 && count(track, step) > limit) {
                violated(step.name, "is restarted after failures more often than limit allows");
            }
        }
        track.has_failed = false;
    }

    void check_giving_up(const Observation& step, const Track& track, const Ending& ending) {
        const auto& settings = step.definition.restart;
        const bool restarts =
            std::holds_alternative<core::state::Backoff>(step.after.state) || launches(step);
        const bool fails = std::holds_alternative<core::state::Failed>(step.after.state);
        if (ending.kind == Ending::Kind::lack_of_resources) {
            if (fails) {
                violated(step.name, "gives up because the system lacks resources");
            }
            return;
        }
        const bool is_clean = ending.kind == Ending::Kind::clean;
        const bool is_left_alone =
            settings.policy == core::RestartPolicy::never ||
            (is_clean && settings.policy == core::RestartPolicy::on_failure) || ending.is_fatal;
        if (restarts && is_left_alone) {
            violated(step.name, "is restarted though policy or fatal leave it alone");
        }
        const bool limit_is_reached =
            settings.limit != 0 &&
            (count(track, step) >= static_cast<std::int64_t>(settings.limit) || !track.is_exact);
        if (fails && (is_clean || !(is_left_alone || limit_is_reached))) {
            violated(step.name, "gives up without a reason");
        }
        if (!is_clean && std::holds_alternative<core::state::Finished>(step.after.state)) {
            violated(step.name, "takes a failure for a clean end");
        }
    }

    RunWatcher watcher_;
    std::map<core::InstanceName, Track> tracks_;
};

}  // namespace

std::unique_ptr<Promise> limit_in_window() {
    return std::make_unique<LimitInWindow>();
}

}  // namespace respawnd::simulation
