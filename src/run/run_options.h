// The command line of `respawnd run`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/job_definition.h"

namespace respawnd::run {

struct RunOptions {
    /// What the options say, each the key of a job file of that name; the rest has its defaults.
    core::JobDefinition definition;
    std::vector<std::string> command;      ///< never empty
    std::vector<std::string> environment;  ///< NAME=value, in place of the caller's
    std::optional<std::string> directory;  ///< none: the caller's
    std::map<int, int> mapped;             ///< signals that are forwarded as another one
    bool to_child_alone = false;           ///< signals go to the command, not to its group
    bool tells = false;                    ///< what happens is said on standard error
};

/// The options, or the code to exit with after --help or a mistake, both of which have been told.
/// `arguments` begin behind the word `run`.
[[nodiscard]] std::variant<RunOptions, int> read_run_options(std::vector<std::string> arguments);

}  // namespace respawnd::run
