// A command: the program and its arguments, read from a job file. Whether the program exists is
// found out when it is started.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace respawnd::config {

/// An array of words, or one string split by shell quoting rules; never an empty one. The words
/// keep their placeholders, which are known to be good for the job of that name.
[[nodiscard]] std::optional<std::vector<std::string>> read_command(const Value& value,
                                                                   std::string_view job);

}  // namespace respawnd::config
