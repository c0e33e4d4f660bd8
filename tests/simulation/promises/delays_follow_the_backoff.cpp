// The wait between the end of a run and the next start follows the backoff, within jitter, and is
// never shorter than `delay`.
#include <algorithm>
#include <map>
#include <optional>

#include "simulation/promise.h"
#include "simulation/restart_rules.h"

namespace respawnd::simulation {
namespace {

struct Wait {
    core::Instant from;
    double least = 0;
    double most = 0;
};

double microseconds(core::Duration duration) {
    return static_cast<double>(duration.count());
}

class DelaysFollowTheBackoff : public Promise {
  public:
    void stepped(const Observation& step) override {
        Track& track = tracks_[step.name];
        const auto ending = watcher_.ending(step);
        if (begins_anew(step) || std::holds_alternative<core::event::StopWanted>(step.event)) {
            track = {};
        }
        const bool was_at_rest = std::holds_alternative<core::state::Failed>(step.before) ||
                                 std::holds_alternative<core::state::Finished>(step.before);
        if (was_at_rest && launches(step)) {
            track = {};
        }
        if (ending && !ending->forked_itself) {
            note(step, track, *ending);
        }
        check(step, track);
    }

  private:
    struct Track {
        int row = 0;
        std::optional<Wait> wait;
    };

    static void note(const Observation& step, Track& track, const Ending& ending) {
        const auto& settings = step.definition.restart;
        const double delay = microseconds(settings.delay);
        if (ending.has_run && ending.ran_for >= settings.reset_after) {
            track.row = 0;
            track.wait = Wait{step.now, delay, delay};
            return;
        }
        ++track.row;
        double most = microseconds(settings.max_backoff);
        if (ending.kind == Ending::Kind::clean) {
            most = std::min(most, 1e6);
        }
        double wait = std::min(microseconds(settings.backoff), most);
        for (int run = 1; run < track.row && wait < most; ++run) {
            wait = std::min(wait * settings.multiplier, most);
            if (settings.multiplier <= 1.0) {
                break;
            }
        }
        track.wait = Wait{step.now, std::max(delay, wait * (1 - settings.jitter)),
                          std::max(delay, wait * (1 + settings.jitter))};
    }

    void check(const Observation& step, Track& track) {
        if (!track.wait) {
            return;
        }
        const auto* backoff = std::get_if<core::state::Backoff>(&step.after.state);
        if (backoff != nullptr && !std::holds_alternative<core::state::Backoff>(step.before)) {
            const double wait = microseconds(backoff->start_at - track.wait->from);
            if (wait < track.wait->least - 2 || wait > track.wait->most + 2) {
                violated(step.name, "waits for " + std::to_string(wait) + " us and not for " +
                                        std::to_string(track.wait->least) + " to " +
                                        std::to_string(track.wait->most));
            }
        }
        if (launches(step)) {
            if (microseconds(step.now - track.wait->from) < track.wait->least - 2) {
                violated(step.name, "starts before its wait is over");
            }
            track.wait.reset();
        }
    }

    RunWatcher watcher_;
    std::map<core::InstanceName, Track> tracks_;
};

}  // namespace

std::unique_ptr<Promise> delays_follow_the_backoff() {
    return std::make_unique<DelaysFollowTheBackoff>();
}

}  // namespace respawnd::simulation
