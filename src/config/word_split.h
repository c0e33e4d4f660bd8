// A command line cut into words by the quoting rules of the shell, without a shell: blanks part
// words; '...' and "..." and \ keep together. Nothing is expanded.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/text_mistake.h"

namespace respawnd::config {

/// The words. A word that only a shell could act on (`|`, `&&`, `>`, `2>&1`) is a mistake unless
/// it is quoted, as is a quote that is not closed.
[[nodiscard]] std::expected<std::vector<std::string>, TextMistake> split_words(
    std::string_view text);

}  // namespace respawnd::config
