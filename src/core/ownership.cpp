#include "core/ownership.h"

namespace respawnd::core {
namespace {

/// Of instance 0. One more than what the kernel gives, so that the usual slack says nothing.
constexpr std::uint64_t first_slack = 50'001;

}  // namespace

std::uint64_t slack_of(InstanceId id) {
    return first_slack + id;
}

void Ownership::add(InstanceId id, Generation generation, std::int32_t session) {
    by_generation_[generation] = id;
    by_session_[session] = {id, generation};
    if (has_run_.size() <= id) {
        has_run_.resize(id + 1);
    }
    has_run_[id] = true;
}

void Ownership::remove(Generation generation, std::int32_t session) {
    if (const auto found = by_generation_.find(generation); found != by_generation_.end()) {
        has_run_[found->second] = false;
        by_generation_.erase(found);
    }
    // The pid may have been given to the main process of another run in the meantime.
    if (const auto found = by_session_.find(session);
        found != by_session_.end() && found->second.generation == generation) {
        by_session_.erase(found);
    }
}

std::optional<InstanceId> Ownership::by_slack(std::uint64_t slack) const {
    const bool is_mark = slack >= first_slack && slack - first_slack < has_run_.size();
    const auto id = static_cast<InstanceId>(is_mark ? slack - first_slack : 0);
    return is_mark && has_run_[id] ? std::optional(id) : std::nullopt;
}

bool Ownership::is_told(const ProcessMarks& marks) const {
    return by_session_.contains(marks.session) || by_slack(marks.slack).has_value();
}

std::vector<InstanceId> Ownership::owners(const ProcessMarks& marks,
                                          std::span<const InstanceId> ended_now) const {
    if (const auto found = by_generation_.find(marks.generation); found != by_generation_.end()) {
        return {found->second};
    }
    if (const auto found = by_session_.find(marks.session); found != by_session_.end()) {
        return {found->second.id};
    }
    if (const auto found = by_generation_.find(marks.output); found != by_generation_.end()) {
        return {found->second};
    }
    if (const auto marked = by_slack(marks.slack)) {
        return {*marked};
    }
    if (ended_now.empty() && by_generation_.size() == 1) {
        return {by_generation_.begin()->second};
    }
    return {ended_now.begin(), ended_now.end()};
}

}  // namespace respawnd::core
