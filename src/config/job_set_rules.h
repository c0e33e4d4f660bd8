// Rules between jobs: how many there may be, and that no two write one log. They look at jobs in
// the order of their names, so that the same folder always gives the same answer.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "config/job_reader.h"
#include "core/settings.h"

namespace respawnd::config {

/// By name. Names that differ only in capital letters are different jobs.
using ReadJobs = std::map<std::string, ReadJob>;

using JobNames = std::set<std::string, std::less<>>;

/// A job that breaks a rule loses its definition and gets a diagnostic. The jobs `in_force` are
/// looked at before all others, so that a newcomer is refused and not they.
void check_job_set(ReadJobs& jobs, const core::Settings& settings, const JobNames& in_force = {});

}  // namespace respawnd::config
