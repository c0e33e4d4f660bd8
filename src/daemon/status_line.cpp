#include "daemon/status_line.h"

#include <type_traits>

namespace respawnd::daemon {
namespace {

/// Named in the line; the rest is counted.
constexpr int most_named = 3;

/// The names of the instances in a state, as far as they fit.
template <class State>
std::string names_of(const core::Fleet& fleet) {
    std::string names;
    int named = 0;
    fleet.for_each([&](core::InstanceId, const core::Member& member) {
        const State* state = std::get_if<State>(&member.instance.state);
        if (state == nullptr || named >= most_named) {
            return;
        }
        names += (named == 0 ? ": " : ", ") + member.full_name();
        if constexpr (std::is_same_v<State, core::state::Failed>) {
            names += " (" + state->reason + ")";
        }
        ++named;
    });
    return names;
}

void add(std::string& line, std::uint32_t count, const char* state, const std::string& names = "") {
    if (count != 0) {
        line += (line.empty() ? "" : "; ") + std::to_string(count) + " " + state + names;
    }
}

}  // namespace

std::string names_of_stopping(const core::Fleet& fleet) {
    return names_of<core::state::Stopping>(fleet);
}

std::string counted(std::size_t count, const char* noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string status_line(const core::Fleet& fleet, std::size_t mistaken_files) {
    const core::FleetCounts counts = fleet.counts();
    std::string line;
    add(line, counts.running, "running");
    add(line, counts.starting, "starting");
    add(line, counts.stopping, "stopping");
    add(line, counts.backoff, "waiting for a restart", names_of<core::state::Backoff>(fleet));
    add(line, counts.finished, "finished", names_of<core::state::Finished>(fleet));
    add(line, counts.stopped, "stopped", names_of<core::state::Stopped>(fleet));
    add(line, counts.failed, "failed", names_of<core::state::Failed>(fleet));
    if (line.empty()) {
        line = "no jobs";
    }
    if (mistaken_files != 0) {
        line += "; " + counted(mistaken_files, "job file") + " with mistakes";
    }
    return line;
}

}  // namespace respawnd::daemon
