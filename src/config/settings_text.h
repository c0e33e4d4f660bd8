// The settings in force as a file that could be respawnd.toml: what `respawnd --settings` prints.
#pragma once

#include <string>

#include "config/job_reader.h"
#include "core/settings.h"

namespace respawnd::config {

/// Every setting, whether a file set it or not, and every default of a job. Reading the text gives
/// the same settings and defaults. What has no value is named in a comment.
[[nodiscard]] std::string settings_text(const core::Settings& settings, const Defaults& defaults);

}  // namespace respawnd::config
