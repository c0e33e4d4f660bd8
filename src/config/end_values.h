// Signals, and the ends of a program that the restart policy tells apart, read from a job file.
#pragma once

#include <optional>
#include <vector>

#include "config/value.h"
#include "core/job_definition.h"

namespace respawnd::config {

/// The number of a signal that can be asked for by name to end a program.
[[nodiscard]] std::optional<int> read_stop_signal(const Value& value);

/// Exit codes and names of signals, sorted, each once.
[[nodiscard]] std::optional<std::vector<core::EndMatch>> read_ends(const Value& value);

}  // namespace respawnd::config
