// Actions as text, for golden files and for the story of a simulation.
#pragma once

#include <string>
#include <vector>

#include "core/instance_action.h"
#include "core/signal_name.h"

namespace respawnd::core {

struct ActionWords {
    std::string operator()(const action::Launch&) const { return "launch"; }
    std::string operator()(const action::AbandonLaunch&) const { return "abandon launch"; }
    std::string operator()(const action::SignalMain& signal) const {
        return signal_name(signal.signal) + " to main";
    }
    std::string operator()(const action::SignalAll& signal) const {
        return signal_name(signal.signal) + " to all";
    }
    std::string operator()(const action::RunStopCommand&) const { return "run stop.command"; }
    std::string operator()(const action::ReportSurvivors&) const { return "report survivors"; }
    std::string operator()(const action::Forget&) const { return "forget"; }
    std::string operator()(const action::Tell& tell) const {
        switch (tell.level) {
            case action::Tell::Level::info:
                return "info \"" + tell.text + "\"";
            case action::Tell::Level::warning:
                return "warning \"" + tell.text + "\"";
            case action::Tell::Level::error:
                return "error \"" + tell.text + "\"";
        }
        return {};
    }
};

[[nodiscard]] inline std::string in_words(const Action& action) {
    return std::visit(ActionWords{}, action);
}

[[nodiscard]] inline std::string in_words(const std::vector<Action>& actions) {
    std::string text;
    for (const Action& action : actions) {
        text += (text.empty() ? "" : "; ") + in_words(action);
    }
    return text.empty() ? "-" : text;
}

}  // namespace respawnd::core
