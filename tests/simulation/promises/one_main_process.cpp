// At most one live main process an instance, and no start beside what is left of an older run.
#include "simulation/promise.h"

namespace respawnd::simulation {
namespace {

class OneMainProcess : public Promise {
  public:
    void spawning(const core::InstanceName& name, const ProcessTable& processes) override {
        if (processes.has_any_of(name)) {
            violated(name, "is started beside a process of an older run");
        }
    }

    void turned(core::Instant, const core::Fleet& fleet, const ProcessTable& processes) override {
        for (const auto& [pid, process] : processes.all()) {
            const auto id = fleet.find(process.owner);
            if (!id) {
                violated(process.owner, "is forgotten while a process of it lives");
            } else if (core::generation_of(fleet.at(*id).instance.state) != process.generation) {
                violated(process.owner,
                         "is " + std::string(core::name_of(fleet.at(*id).instance.state)) +
                             " while a process of it lives");
            }
        }
    }

    void stepped(const Observation& step) override {
        const bool was_late_and_did_something =
            step.is_late &&
            (!step.actions.empty() || step.before.index() != step.after.state.index());
        if (was_late_and_did_something) {
            violated(step.name, "takes what is late for an older start for its own");
        }
    }
};

}  // namespace

std::unique_ptr<Promise> one_main_process() {
    return std::make_unique<OneMainProcess>();
}

}  // namespace respawnd::simulation
