// Placeholders in the texts of a job file: whether they are good, and what they make of a text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/value.h"

namespace respawnd::config {

/// The text as the first instance of the job will see it; nothing after a complaint about a percent
/// sign that means nothing. Definitions keep the text as it is written.
[[nodiscard]] std::optional<std::string> expanded(const Value& value, std::string_view text,
                                                  std::string_view job);

}  // namespace respawnd::config
