#include "daemon/child_request.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "core/job_environment.h"
#include "core/placeholder.h"
#include "platform/job_directories.h"

namespace respawnd::daemon {
namespace {

/// What a daemon of an ordinary user cannot do for a job; nothing when it need not.
std::optional<std::string> needs_root(const core::Program& program,
                                      const platform::Identity& identity) {
    if (geteuid() == 0) {
        return std::nullopt;
    }
    const std::string only_root = ", which only a respawnd that runs as root can do";
    if (!platform::is_own_identity(identity)) {
        return "it is to be started as user " + identity.user_name +
               " with other groups or another user than respawnd's" + only_root;
    }
    if (program.capabilities) {
        return "its capabilities are to be set" + only_root;
    }
    return std::nullopt;
}

std::optional<std::string> own_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Absolute, so that the daemon's own is not inherited; but without privileges nobody can lower it,
/// and a daemon that was started with nice(1) still has to start jobs that ask for nothing.
std::optional<int> nice_of(const core::Program& program) {
    const bool cannot = geteuid() != 0 && program.nice == 0 && getpriority(PRIO_PROCESS, 0) > 0;
    return cannot ? std::nullopt : std::optional(program.nice);
}

core::EnvironmentUser environment_user(const platform::Identity& identity) {
    return {identity.user_name, identity.home, identity.shell};
}

}  // namespace

core::Result<platform::ChildRequest> child_request(const core::Member& member,
                                                   core::Generation generation,
                                                   const std::vector<std::string>& command,
                                                   const platform::StartLookupAnswer& known,
                                                   const Bases& bases) {
    const core::JobDefinition& definition = *member.definition;
    const core::Program& program = definition.program;
    const core::InstanceName& name = member.instance.name;
    if (auto obstacle = needs_root(program, known.identity)) {
        return core::failure(std::move(*obstacle));
    }
    const auto expanded = [&](const std::string& text) {
        return core::expand(text, name).value_or(text);
    };
    platform::ChildRequest request;
    request.command.reserve(command.size());
    std::ranges::transform(command, std::back_inserter(request.command), expanded);
    request.environment =
        core::job_environment(definition, name, generation, environment_user(known.identity),
                              known.environment, own_variable);
    for (const auto& [variable, base, names] :
         {std::tuple{"RUNTIME_DIRECTORY=", &bases.runtime, &program.runtime_directory},
          std::tuple{"STATE_DIRECTORY=", &bases.state, &program.state_directory}}) {
        std::string paths;
        for (const std::string& text : *names) {
            auto made = platform::make_job_directory(
                {*base, expanded(text), known.identity.uid, known.identity.gid});
            if (!made) {
                return std::unexpected(std::move(made).error());
            }
            paths += (paths.empty() ? "" : ":") + *made;
        }
        if (!paths.empty()) {
            request.environment.push_back(variable + paths);
        }
    }
    request.path = std::string(core::value_in(request.environment, "PATH"));
    request.directory = expanded(program.directory);
    request.umask = program.umask;
    if (!platform::is_own_identity(known.identity)) {
        request.identity = known.identity;
    }
    request.nice = nice_of(program);
    request.oom_score_adj = program.oom_score_adj;
    request.limits = program.limits;
    request.capabilities = program.capabilities;
    request.no_new_privileges = program.no_new_privileges;
    return request;
}

}  // namespace respawnd::daemon
