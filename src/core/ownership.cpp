#include "core/ownership.h"

#include <algorithm>
#include <optional>

namespace respawnd::core {
namespace {

/// Of instance 0. One more than what the kernel gives, so that the usual slack says nothing.
constexpr std::uint64_t first_slack = 50'001;

}  // namespace

std::uint64_t slack_of(InstanceId id) {
    return first_slack + id;
}

void Ownership::add(InstanceId id, Generation generation, std::int32_t session) {
    if (runs_.size() <= id) {
        runs_.resize(id + 1);
    }
    count_ += runs_[id].generation == 0 ? 1 : 0;
    runs_[id] = {generation, session};
}

void Ownership::remove(InstanceId id, Generation generation) {
    if (id < runs_.size() && runs_[id].generation == generation) {
        runs_[id] = {};
        --count_;
    }
}

template <class Matches>
std::optional<InstanceId> Ownership::find(Matches matches) const {
    const auto found = std::ranges::find_if(
        runs_, [&](const Run& run) { return run.generation != 0 && matches(run); });
    return found == runs_.end() ? std::nullopt
                                : std::optional(static_cast<InstanceId>(found - runs_.begin()));
}

std::optional<InstanceId> Ownership::by_slack(std::uint64_t slack) const {
    const bool is_mark = slack >= first_slack && slack - first_slack < runs_.size();
    const auto id = static_cast<InstanceId>(is_mark ? slack - first_slack : 0);
    return is_mark && runs_[id].generation != 0 ? std::optional(id) : std::nullopt;
}

bool Ownership::is_told(const ProcessMarks& marks) const {
    return by_slack(marks.slack) ||
           find([&](const Run& run) { return run.session == marks.session; });
}

std::vector<InstanceId> Ownership::owners(const ProcessMarks& marks,
                                          std::span<const InstanceId> ended_now) const {
    const auto of_generation = [&](Generation generation) {
        return find([&](const Run& run) { return run.generation == generation; });
    };
    if (const auto id = of_generation(marks.generation)) {
        return {*id};
    }
    if (const auto id = find([&](const Run& run) { return run.session == marks.session; })) {
        return {*id};
    }
    if (const auto id = of_generation(marks.output)) {
        return {*id};
    }
    if (const auto id = by_slack(marks.slack)) {
        return {*id};
    }
    if (ended_now.empty() && count_ == 1) {
        return {*find([](const Run&) { return true; })};
    }
    return {ended_now.begin(), ended_now.end()};
}

}  // namespace respawnd::core
