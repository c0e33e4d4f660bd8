// What is known of a key of a file, in words: a row of a table of keys without its reader.
#pragma once

#include <string>
#include <string_view>

namespace respawnd::config {

struct KeyWords {
    std::string_view table;     ///< "restart", or "" for a key above the first [table]
    std::string_view name;      ///< "policy"
    std::string_view type;      ///< "a duration", for the manual
    std::string_view fallback;  ///< the default as TOML, or "" where nothing is the default
    std::string_view range;     ///< what is allowed: "0s to 365d"; "" where the type says it all
    bool supported = true;      ///< false: the key is known, and refused until it works
};

/// `restart.policy`
[[nodiscard]] inline std::string dotted(const KeyWords& words) {
    std::string name(words.table);
    if (!name.empty()) {
        name += '.';
    }
    return name += words.name;
}

}  // namespace respawnd::config
