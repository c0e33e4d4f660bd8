#include "core/placeholder.h"

#include <algorithm>

namespace respawnd::core {
namespace {

/// The percent sign and the whole character after it, which may have several bytes.
std::string offending_piece(std::string_view text) {
    std::size_t length = std::min<std::size_t>(2, text.size());
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U &&
           length < 5) {
        ++length;
    }
    return std::string(text.substr(0, length));
}

/// The number with leading zeros up to the width that the digit after `%0` asks for.
std::string padded(std::uint32_t number, std::size_t width) {
    std::string digits = std::to_string(number);
    return std::string(width - std::min(width, digits.size()), '0') + digits;
}

}  // namespace

std::expected<std::string, std::string> expand(std::string_view text,
                                               const InstanceName& instance) {
    std::string expanded;
    expanded.reserve(text.size());
    while (!text.empty()) {
        const std::size_t percent = text.find('%');
        expanded += text.substr(0, percent);
        if (percent == std::string_view::npos) {
            break;
        }
        text.remove_prefix(percent);
        const bool has_width = text.size() >= 4 && text[1] == '0' && text[2] >= '1' &&
                               text[2] <= '9' && text[3] == 'i';
        if (has_width) {
            expanded += padded(instance.number, static_cast<std::size_t>(text[2] - '0'));
            text.remove_prefix(4);
            continue;
        }
        const char letter = text.size() < 2 ? '\0' : text[1];
        if (letter == 'n') {
            expanded += instance.job;
        } else if (letter == 'i') {
            expanded += std::to_string(instance.number);
        } else if (letter == '%') {
            expanded += '%';
        } else {
            return std::unexpected(offending_piece(text));
        }
        text.remove_prefix(2);
    }
    return expanded;
}

}  // namespace respawnd::core
