// All instances together: who exists, by which definition, and which events a new set of
// definitions means for them. What an event does to one instance is instance.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/definition_diff.h"
#include "core/instance.h"

namespace respawnd::core {

/// The place of an instance in the fleet. It may serve another instance after a Forget.
using InstanceId = std::uint32_t;

struct Member {
    Instance instance;
    std::shared_ptr<const JobDefinition> definition;

    [[nodiscard]] std::string full_name() const {
        return core::full_name(instance.name, definition->instances);
    }
};

/// How many instances are in which state.
struct FleetCounts {
    std::uint32_t running = 0;
    std::uint32_t starting = 0;
    std::uint32_t stopping = 0;
    std::uint32_t backoff = 0;
    std::uint32_t failed = 0;
    std::uint32_t finished = 0;
    std::uint32_t stopped = 0;
    [[nodiscard]] std::uint32_t all() const {
        return running + starting + stopping + backoff + failed + finished + stopped;
    }
};

class Fleet {
  public:
    using Events = std::vector<std::pair<InstanceId, Event>>;

    /// Makes `wanted` the definitions in force, and returns the events that follow, to be given to
    /// step() in that order. Instances that are to go stay until their Forget.
    [[nodiscard]] Events apply(const DefinitionSet& wanted);

    /// The definitions in force, gathered at each call.
    [[nodiscard]] DefinitionSet definitions() const;

    /// The event that ends every instance, for the end of the daemon.
    [[nodiscard]] Events stop_all() const;
    [[nodiscard]] Events kill_all() const;

    [[nodiscard]] bool has(InstanceId id) const {
        return id < members_.size() && members_[id] != nullptr;
    }
    [[nodiscard]] Member& at(InstanceId id) { return *members_[id]; }
    [[nodiscard]] const Member& at(InstanceId id) const { return *members_[id]; }
    void forget(InstanceId id);

    /// Calls `visit(id, member)` for every instance.
    template <class Visit>
    void for_each(Visit visit) const {
        for (InstanceId id = 0; id < members_.size(); ++id) {
            if (members_[id] != nullptr) {
                visit(id, *members_[id]);
            }
        }
    }

    [[nodiscard]] FleetCounts counts() const;
    [[nodiscard]] std::optional<InstanceId> find(const InstanceName& name) const;

  private:
    InstanceId add(const InstanceName& name, std::shared_ptr<const JobDefinition> definition);
    void apply_one(const JobDifference& difference,
                   const std::shared_ptr<const JobDefinition>& definition, Events& events);
    void change(InstanceId id, const JobDifference& difference,
                const std::shared_ptr<const JobDefinition>& definition, Events& events);

    [[nodiscard]] std::vector<InstanceId>::const_iterator place_of(const InstanceName& name) const;

    // Plain vectors: nodes of maps would cost more than all else that is kept of a small job.
    std::vector<std::shared_ptr<const JobDefinition>> definitions_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<InstanceId> free_;
    std::vector<InstanceId> by_name_;  ///< sorted by the names of their members
};

}  // namespace respawnd::core
