// An apply touches only what changed: a job whose definition is the same hears nothing, and a
// running program that does not see the change goes on.
#include <algorithm>

#include "simulation/promise.h"

namespace respawnd::simulation {
namespace {

const core::JobDefinition* find(const core::DefinitionSet& set, const std::string& name) {
    const auto found = set.find(name);
    return found == set.end() ? nullptr : found->second.get();
}

class ApplyTouchesWhatChanged : public Promise {
  public:
    void applied(const core::DefinitionSet& before, const core::DefinitionSet& wanted,
                 const core::Fleet::Events& events, const core::Fleet& fleet) override {
        for (const auto& [id, event] : events) {
            const core::InstanceName& name = fleet.at(id).instance.name;
            const auto* old_one = find(before, name.job);
            const auto* new_one = find(wanted, name.job);
            if (old_one != nullptr && new_one != nullptr && *old_one == *new_one) {
                violated(name, "is touched by an apply though its job is the same");
            }
            const auto* changed = std::get_if<core::event::DefinitionChanged>(&event);
            if (changed != nullptr &&
                (old_one == nullptr || new_one == nullptr ||
                 changed->program != (old_one->program != new_one->program))) {
                violated(name, "is told wrongly what has changed");
            }
        }
    }

    /// What is only said to the operator touches no process.
    static bool is_word_only(const core::Action& action) {
        return std::holds_alternative<core::action::Tell>(action);
    }

    void stepped(const Observation& step) override {
        const auto* changed = std::get_if<core::event::DefinitionChanged>(&step.event);
        if (changed == nullptr) {
            return;
        }
        const bool runs = std::holds_alternative<core::state::Running>(step.before) ||
                          std::holds_alternative<core::state::Starting>(step.before);
        const bool goes_on =
            std::ranges::all_of(step.actions, is_word_only) &&
            core::generation_of(step.before) == core::generation_of(step.after.state) &&
            step.before.index() == step.after.state.index();
        if (runs && goes_on == changed->program) {
            violated(step.name, changed->program ? "goes on with an older program"
                                                 : "is disturbed by a change that it cannot see");
        }
    }
};

}  // namespace

std::unique_ptr<Promise> apply_touches_what_changed() {
    return std::make_unique<ApplyTouchesWhatChanged>();
}

}  // namespace respawnd::simulation
