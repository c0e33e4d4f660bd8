#include "simulation/coverage.h"

#include <array>

#include "unit/core/instance_row.h"

namespace respawnd::simulation {
namespace {

// In the order of the alternatives of Event.
constexpr std::array<const char*, std::variant_size_v<core::Event>> event_names{
    "start wanted", "definition changed", "stop wanted",     "kill wanted",
    "spawned",      "executed",           "start failed",    "main ended",
    "rest gone",    "stop.command ended", "deadline reached"};

constexpr std::array<const char*, 14> rows{"stopped",
                                           "starting, no process",
                                           "starting, process",
                                           "running",
                                           "stopping, main, command",
                                           "stopping, main",
                                           "stopping, main, killed",
                                           "stopping, main, reported",
                                           "stopping, rest",
                                           "stopping, rest, killed",
                                           "stopping, rest, reported",
                                           "backoff",
                                           "finished",
                                           "failed"};

}  // namespace

std::string name_of(const core::Event& event) {
    return event_names[event.index()];
}

void Coverage::reached(const core::State& state, const core::Event& event) {
    ++cells_[{core::row_of(state), name_of(event)}];
}

std::string Coverage::missing() const {
    std::string text;
    for (const char* row : rows) {
        for (const char* event : event_names) {
            if (!core::is_impossible(row, event) && !cells_.contains({row, event})) {
                text += std::string(row) + " x " + event + "\n";
            }
        }
    }
    return text;
}

}  // namespace respawnd::simulation
