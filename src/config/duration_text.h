// Durations as people write them: "250ms", "1m30s", "infinity".
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/text_mistake.h"
#include "core/time.h"

namespace respawnd::config {

/// The longest duration that a text can say, apart from infinity: beyond it is a slip.
inline constexpr core::Duration longest_duration = std::chrono::days(365 * 100);

/// Whole numbers, each followed by d, h, m, s, ms or us, the larger units first; or "infinity".
[[nodiscard]] std::expected<core::Duration, TextMistake> read_duration(std::string_view text);

/// The shortest text that read_duration turns into the same duration.
[[nodiscard]] std::string duration_text(core::Duration duration);

}  // namespace respawnd::config
