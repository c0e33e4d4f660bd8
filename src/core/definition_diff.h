// What an old and a new set of definitions differ in, as things to be done to jobs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/job_definition.h"

namespace respawnd::core {

/// Definitions by the name of their job. They are shared because a running instance keeps the one
/// that it was started with.
using DefinitionSet = std::map<std::string, std::shared_ptr<const JobDefinition>, std::less<>>;

struct JobDifference {
    enum class Kind { added, removed, changed };
    Kind kind = Kind::added;
    std::string job;
    /// For `changed`: something that a running program sees, so that it has to be restarted.
    bool program = false;
    /// Numbers of instances that come, go and stay, ascending.
    std::vector<std::uint32_t> coming;
    std::vector<std::uint32_t> going;
    std::vector<std::uint32_t> staying;
    bool operator==(const JobDifference&) const = default;
};

/// The differences by name of job; jobs that are the same do not occur.
[[nodiscard]] std::vector<JobDifference> difference(const DefinitionSet& before,
                                                    const DefinitionSet& wanted);

}  // namespace respawnd::core
