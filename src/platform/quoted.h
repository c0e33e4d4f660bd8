// Text from files, paths and processes in a message: in quotes, on one line, harmless to a
// terminal.
#pragma once

#include <string>
#include <string_view>

namespace respawnd::platform {

/// Control characters become question marks.
[[nodiscard]] inline std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        result += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    return result;
}

[[nodiscard]] inline std::string quoted(std::string_view text) {
    return '"' + printable(text) + '"';
}

}  // namespace respawnd::platform
