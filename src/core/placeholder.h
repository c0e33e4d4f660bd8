// %n, %i and %% in the words of a job file.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/job_definition.h"

namespace respawnd::core {

/// Replaces %n by the job's name, %i by the instance's number (%02i: at least two digits, with
/// zeros), and %% by a percent sign. Anything else after a percent sign is an error; what is
/// returned then is the offending piece, such as "%d", for the message.
[[nodiscard]] std::expected<std::string, std::string> expand(std::string_view text,
                                                             const InstanceName& instance);

}  // namespace respawnd::core
