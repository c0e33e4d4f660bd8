// Where everything is: the folders and files of this daemon.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/options.h"

namespace respawnd::daemon {

/// Absolute paths without a slash at the end.
struct Places {
    std::string config;
    bool config_was_named = false;  ///< on the command line: then it must exist
    std::string jobs;
    std::string runtime;
    std::string logs;
    std::string pid_file;  ///< empty: none
};

/// The places of the system's daemon for root, those below XDG_CONFIG_HOME, XDG_RUNTIME_DIR and
/// XDG_STATE_HOME for anybody else; what the command line says goes first. `variable` looks up the
/// environment; `folder` is the current one, which relative paths are relative to.
[[nodiscard]] Places places_of(
    const Options& options, unsigned user, const std::string& folder,
    const std::function<std::optional<std::string>(const char*)>& variable);

}  // namespace respawnd::daemon
