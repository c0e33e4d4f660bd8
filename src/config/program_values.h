// Readers of the values that a program sees of its job file: command, user, folders, environment.
// Each complains about what cannot work whatever the machine; whether a user or a folder exists
// is found out at the start of the program. Words are returned with their placeholders, which are
// known to be good; `job` is the job's name, for those checks that need the words expanded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"
#include "core/job_definition.h"

namespace respawnd::config {

/// An array of words, or one string split by shell quoting rules; never an empty one.
[[nodiscard]] std::optional<std::vector<std::string>> read_command(const Value& value,
                                                                   std::string_view job);

/// A name of a user or group, or its number in digits.
[[nodiscard]] std::optional<std::string> read_account(const Value& value);
[[nodiscard]] std::optional<std::vector<std::string>> read_accounts(const Value& value);

/// A path from the root.
[[nodiscard]] std::optional<std::string> read_absolute_path(const Value& value,
                                                            std::string_view job);

/// Names of folders to be made below /run or /var/lib.
[[nodiscard]] std::optional<std::vector<std::string>> read_folder_names(const Value& value,
                                                                        std::string_view job);

/// Absolute paths, each perhaps with `-` in front.
[[nodiscard]] std::optional<std::vector<core::EnvironmentFile>> read_environment_files(
    const Value& value, std::string_view job);

/// Names of variables.
[[nodiscard]] std::optional<std::vector<std::string>> read_variable_names(const Value& value);

/// Adds the table's entries to `environment`; a name that is in it already gets the new value.
void read_environment(const Value& value, std::string_view job,
                      std::map<std::string, std::string>& environment);

/// Numbers of capabilities, sorted, each once.
[[nodiscard]] std::optional<std::vector<int>> read_capabilities(const Value& value);

}  // namespace respawnd::config
