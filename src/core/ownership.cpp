#include "core/ownership.h"

namespace respawnd::core {

void Ownership::add(InstanceId id, Generation generation, std::int32_t session) {
    by_generation_[generation] = id;
    by_session_[session] = {id, generation};
}

void Ownership::remove(Generation generation, std::int32_t session) {
    by_generation_.erase(generation);
    // The pid may have been given to the main process of another run in the meantime.
    if (const auto found = by_session_.find(session);
        found != by_session_.end() && found->second.generation == generation) {
        by_session_.erase(found);
    }
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
    return {ended_now.begin(), ended_now.end()};
}

}  // namespace respawnd::core
