// What a definition asks of the platform when one of its commands is started.
#pragma once

#include <string>
#include <vector>

#include "core/fleet.h"
#include "core/result.h"
#include "platform/child_plan.h"
#include "platform/start_lookup.h"

namespace respawnd::daemon {

/// Where the folders of jobs are made.
struct Bases {
    std::string runtime = "/run";    ///< of runtime_directory
    std::string state = "/var/lib";  ///< of state_directory
};

/// Expands the placeholders and makes the job's own folders. `command` is the job's, or its
/// stop.command. An error: the daemon lacks the right, or a folder cannot be made.
[[nodiscard]] core::Result<platform::ChildRequest> child_request(
    const core::Member& member, core::Generation generation,
    const std::vector<std::string>& command, const platform::StartLookupAnswer& known,
    const Bases& bases);

}  // namespace respawnd::daemon
