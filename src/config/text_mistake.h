// What the small readers of texts (durations, words, names) return where a text is wrong.
#pragma once

#include <string>

namespace respawnd::config {

struct TextMistake {
    std::string message;  ///< goes on after the name of the key: `has no unit`
    std::string hint;     ///< what to write instead; may be empty
    bool operator==(const TextMistake&) const = default;
};

}  // namespace respawnd::config
