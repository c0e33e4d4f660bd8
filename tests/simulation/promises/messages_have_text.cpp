// Whatever the operator is told is a sentence: some text, on one line, without a full stop.
#include <algorithm>

#include "simulation/promise.h"

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
        const auto* failed = std::get_if<core::state::Failed>(&step.after.state);
        if (failed != nullptr && failed->reason.empty()) {
            violated(step.name, "has failed without a reason");
        }
    }
};

}  // namespace

std::unique_ptr<Promise> messages_have_text() {
    return std::make_unique<MessagesHaveText>();
}

}  // namespace respawnd::simulation
