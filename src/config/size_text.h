// Sizes as people write them: "512K", "50M", "2G", in powers of 1024.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/text_mistake.h"

namespace respawnd::config {

/// A whole number followed by K, M, G or T; nothing for any other text, or a size beyond 64 bits.
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text);

/// What is wrong with a text that is no size, and how it was probably meant.
[[nodiscard]] TextMistake size_mistake(std::string_view text);

/// The shortest text for the size: "50M", and plain bytes where no unit fits.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace respawnd::config
