#include "core/instance_state.h"

namespace respawnd::core {
namespace {

struct NameOf {
    std::string_view operator()(const state::Stopped&) const { return "stopped"; }
    std::string_view operator()(const state::Starting&) const { return "starting"; }
    std::string_view operator()(const state::Running&) const { return "running"; }
    std::string_view operator()(const state::Stopping&) const { return "stopping"; }
    std::string_view operator()(const state::Backoff&) const { return "backoff"; }
    std::string_view operator()(const state::Finished&) const { return "finished"; }
    std::string_view operator()(const state::Failed&) const { return "failed"; }
};

struct DeadlineOf {
    Instant operator()(const state::Stopped&) const { return no_deadline; }
    Instant operator()(const state::Starting& starting) const { return starting.give_up_at; }
    Instant operator()(const state::Running& running) const { return running.tell_at; }
    Instant operator()(const state::Stopping& stopping) const { return stopping.act_at; }
    Instant operator()(const state::Backoff& backoff) const { return backoff.start_at; }
    Instant operator()(const state::Finished&) const { return no_deadline; }
    Instant operator()(const state::Failed& failed) const { return failed.retry_at; }
};

struct GenerationOf {
    Generation operator()(const state::Stopped&) const { return 0; }
    Generation operator()(const state::Starting& starting) const { return starting.generation; }
    Generation operator()(const state::Running& running) const { return running.generation; }
    Generation operator()(const state::Stopping& stopping) const { return stopping.generation; }
    Generation operator()(const state::Backoff&) const { return 0; }
    Generation operator()(const state::Finished&) const { return 0; }
    Generation operator()(const state::Failed&) const { return 0; }
};

}  // namespace

std::string_view name_of(const State& state) {
    return std::visit(NameOf{}, state);
}

Instant deadline_of(const State& state) {
    return std::visit(DeadlineOf{}, state);
}

Generation generation_of(const State& state) {
    return std::visit(GenerationOf{}, state);
}

}  // namespace respawnd::core
