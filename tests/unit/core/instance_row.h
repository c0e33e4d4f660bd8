// The rows of the table state x event: the states of an instance, told apart as far as an event
// can mean another thing in them. Used by the golden table and by the coverage of the simulation.
#pragma once

#include <string>

#include "core/instance_state.h"

namespace respawnd::core {

struct RowOf {
    std::string operator()(const state::Stopped&) const { return "stopped"; }
    std::string operator()(const state::Starting& starting) const {
        return starting.has_process ? "starting, process" : "starting, no process";
    }
    std::string operator()(const state::Running&) const { return "running"; }
    std::string operator()(const state::Stopping& stopping) const {
        std::string row = stopping.main_lives ? "stopping, main" : "stopping, rest";
        if (stopping.is_reported) {
            return row + ", reported";
        }
        if (stopping.is_killed) {
            return row + ", killed";
        }
        return stopping.waits_for_command ? row + ", command" : row;
    }
    std::string operator()(const state::Backoff&) const { return "backoff"; }
    std::string operator()(const state::Finished&) const { return "finished"; }
    std::string operator()(const state::Failed&) const { return "failed"; }
};

[[nodiscard]] inline std::string row_of(const State& state) {
    return std::visit(RowOf{}, state);
}

/// What is to follow the stop, for the rows of Stopping; empty for the others.
[[nodiscard]] inline std::string then_of(const State& state) {
    const auto* stopping = std::get_if<state::Stopping>(&state);
    if (stopping == nullptr) {
        return "";
    }
    switch (stopping->then.kind) {
        case AfterStop::Kind::stay_down:
            return ", then stay down";
        case AfterStop::Kind::start:
            return ", then start";
        case AfterStop::Kind::after_end:
            switch (stopping->then.decision.kind) {
                case AfterEnd::Kind::restart:
                    return ", then wait";
                case AfterEnd::Kind::finish:
                    return ", then finish";
                case AfterEnd::Kind::leave_failed:
                case AfterEnd::Kind::give_up_limit:
                case AfterEnd::Kind::give_up_fatal:
                    break;
            }
            return ", then failed, given up";
        case AfterStop::Kind::failed_start:
            return ", then failed start";
        case AfterStop::Kind::forked_itself:
            return ", then failed";
    }
    return "";
}

/// Cells that whoever makes the events promises not to bring about. Both names may go on with
/// details, as in `stop wanted, operator`.
[[nodiscard]] inline bool is_impossible(std::string_view row, std::string_view event) {
    const bool stops = row.starts_with("stopping");
    const bool main_lives = row.starts_with("stopping, main");
    if (event == "spawned") {
        return row != "starting, no process";
    }
    if (event == "executed") {
        return row != "starting, process" && !main_lives;
    }
    if (event == "start failed") {
        return !row.starts_with("starting") && !main_lives;
    }
    if (event.starts_with("main ended")) {
        return row != "running" && !main_lives;
    }
    if (event == "rest gone") {
        return !stops || main_lives;
    }
    const bool was_signalled = row == "stopping, main" || row.starts_with("stopping, main, then");
    return event == "stop.command ended" && (!stops || was_signalled);
}

}  // namespace respawnd::core
