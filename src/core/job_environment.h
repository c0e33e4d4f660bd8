// The environment that a job starts with: a clean one, whatever the daemon was started with.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/instance_state.h"
#include "core/job_definition.h"

namespace respawnd::core {

/// Whom a job runs as, as far as its environment shows it.
struct EnvironmentUser {
    std::string_view name;
    std::string_view home;
    std::string_view shell;
};

/// The generation as it stands in RESPAWND_GENERATION and in names of files: 16 hexadecimal digits.
[[nodiscard]] std::string generation_text(Generation generation);
/// The number in such a text; 0 for any other text.
[[nodiscard]] Generation generation_number(std::string_view text);

/// `NAME=value` for each variable, each name once. Later ones win: what every job gets; what is
/// passed from the daemon's own (`own_value`); `from_files`; [environment]; and last our marks,
/// which nothing may replace.
[[nodiscard]] std::vector<std::string> job_environment(
    const JobDefinition& definition, const InstanceName& instance, Generation generation,
    const EnvironmentUser& user, const std::map<std::string, std::string>& from_files,
    const std::function<std::optional<std::string>(const std::string&)>& own_value);

/// The value of `name` in a list of `NAME=value`; empty if it is not there.
[[nodiscard]] std::string_view value_in(const std::vector<std::string>& environment,
                                        std::string_view name);

}  // namespace respawnd::core
