#include "core/fleet.h"

#include <algorithm>
#include <array>

#include "core/check.h"

namespace respawnd::core {

Fleet::Events Fleet::apply(const DefinitionSet& wanted) {
    Events events;
    for (const JobDifference& entry : difference(definitions(), wanted)) {
        const auto found = wanted.find(entry.job);
        apply_one(entry, found == wanted.end() ? nullptr : found->second, events);
    }
    definitions_.clear();
    definitions_.reserve(wanted.size());
    for (const auto& [name, definition] : wanted) {
        definitions_.push_back(definition);
    }
    return events;
}

DefinitionSet Fleet::definitions() const {
    DefinitionSet set;
    for (const auto& definition : definitions_) {
        set.emplace_hint(set.end(), definition->name, definition);
    }
    return set;
}

void Fleet::apply_one(const JobDifference& difference,
                      const std::shared_ptr<const JobDefinition>& definition, Events& events) {
    for (const std::uint32_t number : difference.going) {
        if (const auto id = find({difference.job, number})) {
            events.emplace_back(*id,
                                event::StopWanted{difference.kind == JobDifference::Kind::removed
                                                      ? DownReason::file_removed
                                                      : DownReason::not_asked_for});
        }
    }
    for (const std::uint32_t number : difference.staying) {
        if (const auto id = find({difference.job, number})) {
            change(*id, difference, definition, events);
        }
    }
    for (const std::uint32_t number : difference.coming) {
        const InstanceName name{difference.job, number};
        // One that is still on its way out comes back under its new definition.
        const auto leaving = find(name);
        const InstanceId id = leaving ? *leaving : add(name, definition);
        at(id).definition = definition;
        if (definition->enabled) {
            events.emplace_back(id, event::StartWanted{});
        } else if (leaving) {
            events.emplace_back(id, event::StopWanted{DownReason::not_enabled});
        }
    }
}

void Fleet::change(InstanceId id, const JobDifference& difference,
                   const std::shared_ptr<const JobDefinition>& definition, Events& events) {
    const bool was_enabled = at(id).definition->enabled;
    at(id).definition = definition;
    if (was_enabled && !definition->enabled) {
        events.emplace_back(id, event::StopWanted{DownReason::not_enabled});
        return;
    }
    // Before the start: one that was started by hand runs already, and may have to be restarted.
    events.emplace_back(id, event::DefinitionChanged{difference.program});
    if (!was_enabled && definition->enabled) {
        events.emplace_back(id, event::StartWanted{});
    }
}

InstanceId Fleet::add(const InstanceName& name, std::shared_ptr<const JobDefinition> definition) {
    InstanceId id = static_cast<InstanceId>(members_.size());
    if (free_.empty()) {
        members_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    members_[id] = std::make_unique<Member>();
    members_[id]->instance.name = name;
    members_[id]->definition = std::move(definition);
    by_name_.insert(place_of(name), id);
    return id;
}

void Fleet::forget(InstanceId id) {
    RESPAWND_CHECK(has(id));
    by_name_.erase(place_of(at(id).instance.name));
    members_[id].reset();
    free_.push_back(id);
}

/// Where the instance is in `by_name_`, or where it belongs.
std::vector<InstanceId>::const_iterator Fleet::place_of(const InstanceName& name) const {
    return std::ranges::lower_bound(by_name_, name, {}, [&](InstanceId id) -> const InstanceName& {
        return at(id).instance.name;
    });
}

std::optional<InstanceId> Fleet::find(const InstanceName& name) const {
    const auto place = place_of(name);
    return place != by_name_.end() && at(*place).instance.name == name ? std::optional(*place)
                                                                       : std::nullopt;
}

Fleet::Events Fleet::stop_all() const {
    Events events;
    for_each([&](InstanceId id, const Member&) {
        events.emplace_back(id, event::StopWanted{DownReason::shutdown});
    });
    return events;
}

Fleet::Events Fleet::kill_all() const {
    Events events;
    for_each([&](InstanceId id, const Member&) { events.emplace_back(id, event::KillWanted{}); });
    return events;
}

FleetCounts Fleet::counts() const {
    FleetCounts counts;
    // In the order of the alternatives of State.
    const std::array<std::uint32_t*, std::variant_size_v<State>> places{
        &counts.stopped, &counts.starting, &counts.running, &counts.stopping,
        &counts.backoff, &counts.finished, &counts.failed};
    for_each([&](InstanceId, const Member& member) { ++*places[member.instance.state.index()]; });
    return counts;
}

}  // namespace respawnd::core
