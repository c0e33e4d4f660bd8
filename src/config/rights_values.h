// Whom a program runs as and what it may do, read from a job file: users, groups, capabilities.
// Whether a user exists is found out at the start of the program.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/value.h"

namespace respawnd::config {

/// A name of a user or group, or its number in digits.
[[nodiscard]] std::optional<std::string> read_account(const Value& value);
[[nodiscard]] std::optional<std::vector<std::string>> read_accounts(const Value& value);

/// Numbers of capabilities, sorted, each once.
[[nodiscard]] std::optional<std::vector<int>> read_capabilities(const Value& value);

}  // namespace respawnd::config
