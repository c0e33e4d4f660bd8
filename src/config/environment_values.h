// The environment of a program, read from a job file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"
#include "core/job_definition.h"

namespace respawnd::config {

[[nodiscard]] bool is_variable_name(std::string_view name);

/// Absolute paths, each perhaps with `-` in front.
[[nodiscard]] std::optional<std::vector<core::EnvironmentFile>> read_environment_files(
    const Value& value, std::string_view job);

/// Names of variables.
[[nodiscard]] std::optional<std::vector<std::string>> read_variable_names(const Value& value);

/// Adds the table's entries to `environment`; a name that is in it already gets the new value.
void read_environment(const Value& value, std::string_view job,
                      std::map<std::string, std::string>& environment);

}  // namespace respawnd::config
