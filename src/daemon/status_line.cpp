#include "daemon/status_line.h"

namespace respawnd::daemon {
namespace {

/// Named in the line; the rest is counted.
constexpr int most_named = 3;

void add(std::string& line, std::uint32_t count, const char* state) {
    if (count != 0) {
        line += (line.empty() ? "" : ", ") + std::to_string(count) + " " + state;
    }
}

std::string failed_names(const core::Fleet& fleet) {
    std::string names;
    int named = 0;
    fleet.for_each([&](core::InstanceId, const core::Member& member) {
        const auto* failed = std::get_if<core::state::Failed>(&member.instance.state);
        if (failed != nullptr && named < most_named) {
            names += (named == 0 ? ": " : ", ") + member.full_name() + " (" + failed->reason + ")";
            ++named;
        }
    });
    return names;
}

}  // namespace

std::string counted(std::size_t count, const char* noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string status_line(const core::Fleet& fleet, std::size_t mistaken_files) {
    const core::FleetCounts counts = fleet.counts();
    std::string line;
    add(line, counts.running, "running");
    add(line, counts.starting, "starting");
    add(line, counts.stopping, "stopping");
    add(line, counts.backoff, "waiting for a restart");
    add(line, counts.finished, "finished");
    add(line, counts.stopped, "stopped");
    add(line, counts.failed, "failed");
    if (line.empty()) {
        line = "no jobs";
    }
    line += failed_names(fleet);
    if (mistaken_files != 0) {
        line += "; " + counted(mistaken_files, "job file") + " with mistakes";
    }
    return line;
}

}  // namespace respawnd::daemon
