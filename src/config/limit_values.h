// The values of [limits]: names and numbers of setrlimit(2), read from a job file.
#pragma once

#include <vector>

#include "config/value.h"
#include "core/job_definition.h"

namespace respawnd::config {

/// A whole number, "infinity" or "soft:hard". The key's name says which limit; one of the same name
/// in `limits` is replaced. `limits` stays sorted by the limits' numbers.
void read_limit(const Value& value, std::vector<core::ResourceLimit>& limits);

}  // namespace respawnd::config
