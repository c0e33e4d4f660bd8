// Whatever the operator is told is a sentence: some text, on one line, without a full stop.
#include <algorithm>
#include <map>

#include "simulation/promise.h"
#include "simulation/restart_rules.h"

namespace respawnd::simulation {
namespace {

class MessagesHaveText : public Promise {
  public:
    void stepped(const Observation& step) override {
        for (const core::Action& action : step.actions) {
            const auto* tell = std::get_if<core::action::Tell>(&action);
            if (tell != nullptr &&
                (tell->text.empty() || tell->text.ends_with('.') ||
                 std::ranges::any_of(tell->text, [](char letter) { return letter == '\n'; }))) {
                violated(step.name, "says \"" + tell->text + "\"");
            }
        }
        check_failure(step);
    }

  private:
    /// An instance that fails for good has said so, however much it had said before.
    void check_failure(const Observation& step) {
        bool& has_told = has_told_[step.name];
        for (const core::Action& action : step.actions) {
            const auto* tell = std::get_if<core::action::Tell>(&action);
            has_told =
                has_told || (tell != nullptr && tell->level == core::action::Tell::Level::error);
        }
        if (launches(step)) {
            has_told = false;
        }
        const auto* failed = std::get_if<core::state::Failed>(&step.after.state);
        if (failed != nullptr && !step.definition.restart.retry_after && !has_told) {
            violated(step.name, "has failed for good, and nobody was told");
        }
        if (failed != nullptr && failed->reason.empty()) {
            violated(step.name, "has failed without a reason");
        }
    }

    std::map<core::InstanceName, bool> has_told_;
};

}  // namespace

std::unique_ptr<Promise> messages_have_text() {
    return std::make_unique<MessagesHaveText>();
}

}  // namespace respawnd::simulation
