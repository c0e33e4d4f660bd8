// An instance that somebody stopped, or that finished, never starts by itself, and none starts at
// all once the daemon is to end.
#include <map>

#include "simulation/promise.h"
#include "simulation/restart_rules.h"

namespace respawnd::simulation {
namespace {

template <class Alternative, class Variant>
bool is(const Variant& variant) {
    return std::holds_alternative<Alternative>(variant);
}

class WishesAreKept : public Promise {
  public:
    void shutdown_begins() override { ends_ = true; }

    void stepped(const Observation& step) override {
        note_wish(step);
        check_launch(step);
        check_shape(step);
    }

  private:
    void note_wish(const Observation& step) {
        if (is<core::event::StartWanted>(step.event)) {
            wanted_[step.name] = true;
        } else if (is<core::event::StopWanted>(step.event)) {
            wanted_[step.name] = false;
        } else if (is<core::event::KillWanted>(step.event) &&
                   (is<core::state::Running>(step.before) ||
                    is<core::state::Starting>(step.before))) {
            wanted_[step.name] = false;
        }
        if (step.after.is_wanted != wanted_[step.name]) {
            violated(step.name, "the wish changed, and nobody had another one");
        }
    }

    void check_launch(const Observation& step) {
        if (!launches(step)) {
            return;
        }
        if (ends_) {
            violated(step.name, "is started though the daemon is to end");
        }
        if (!wanted_[step.name]) {
            violated(step.name, "is started though nobody wants it");
        }
        const auto* changed = std::get_if<core::event::DefinitionChanged>(&step.event);
        // A change to the policy "always" asks for it as well.
        const bool is_always = step.definition.restart.policy == core::RestartPolicy::always;
        const bool asked = is<core::event::StartWanted>(step.event) ||
                           (changed != nullptr && (changed->program || is_always));
        if ((is<core::state::Finished>(step.before) || is<core::state::Stopped>(step.before)) &&
            !asked) {
            violated(step.name, "has finished or was stopped, and starts by itself");
        }
    }

    /// What is wanted is up or on its way there, or rests for a reason of its own.
    void check_shape(const Observation& step) {
        const auto* stopping = std::get_if<core::state::Stopping>(&step.after.state);
        const bool is_down =
            is<core::state::Stopped>(step.after.state) ||
            (stopping != nullptr && stopping->then.kind == core::AfterStop::Kind::stay_down);
        if (is_down == step.after.is_wanted) {
            violated(step.name, is_down ? "stays down though it is wanted"
                                        : "is up, or will be, though nobody wants it");
        }
    }

    std::map<core::InstanceName, bool> wanted_;
    bool ends_ = false;
};

}  // namespace

std::unique_ptr<Promise> wishes_are_kept() {
    return std::make_unique<WishesAreKept>();
}

}  // namespace respawnd::simulation
