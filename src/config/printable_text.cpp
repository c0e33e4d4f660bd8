#include "config/printable_text.h"

#include <algorithm>
#include <vector>

namespace respawnd::config {
namespace {

// A quoted word in a sentence, and a line of a file: longer ones are cut.
constexpr std::size_t longest_quote = 60;
constexpr std::size_t longest_line = 100;
constexpr std::string_view cut_mark = "...";

std::string hexadecimal(unsigned long number, std::size_t digits) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::string text(digits, '0');
    for (std::size_t i = digits; i > 0; --i) {
        text[i - 1] = alphabet[number & 0xF];
        number >>= 4;
    }
    return text;
}

/// How many bytes a character that begins with this byte has; 0 for a byte that begins none.
std::size_t length_by_first_byte(unsigned char byte) {
    if (byte < 0x80) {
        return 1;
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        return 2;
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return 3;
    }
    return byte >= 0xF0 && byte <= 0xF4 ? 4 : 0;
}

std::string shown(std::string_view text, const Character& character) {
    if (!character.valid) {
        return "\\x" + hexadecimal(static_cast<unsigned char>(text.front()), 2);
    }
    if (!is_control(character.point)) {
        return std::string(text.substr(0, character.bytes));
    }
    if (character.point == '\n') {
        return "\\n";
    }
    if (character.point == '\t') {
        return "\\t";
    }
    return character.point < 0x80 ? "\\x" + hexadecimal(character.point, 2)
                                  : "\\u" + hexadecimal(character.point, 4);
}

}  // namespace

Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const Character invalid{byte(0), 1, false};
    const std::size_t bytes = length_by_first_byte(byte(0));
    if (bytes == 0 || text.size() < bytes) {
        return invalid;
    }
    if (bytes == 1) {
        return {byte(0), 1, true};
    }
    char32_t point = byte(0) & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return invalid;
        }
        point = (point << 6) | (byte(i) & 0x3FU);
    }
    // Three and four bytes can spell what fewer bytes could, and halves of surrogate pairs.
    const bool overlong = (bytes == 3 && point < 0x800) || (bytes == 4 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return invalid;
    }
    return {point, bytes, true};
}

bool is_control(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || point == 0x200E ||
           point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const Character character = first_character(text);
        result += shown(text, character);
        text.remove_prefix(character.bytes);
    }
    return result;
}

std::string in_quotes(std::string_view text) {
    return "\"" + clipped(text) + "\"";
}

std::string clipped(std::string_view text) {
    std::string result;
    for (std::size_t length = 0; !text.empty(); ++length) {
        if (length == longest_quote) {
            result += cut_mark;
            break;
        }
        const Character character = first_character(text);
        result += character.point == '"' && character.valid ? "\\\"" : shown(text, character);
        text.remove_prefix(character.bytes);
    }
    return result;
}

ShownLine shown_line(std::string_view line, std::size_t column) {
    ShownLine result;
    // A long line is shown from some characters before the column on.
    constexpr std::size_t before_column = longest_line / 2;
    const std::size_t first =
        column > longest_line - cut_mark.size() ? column - std::min(column, before_column) : 0;
    if (first > 0) {
        result.text = cut_mark;
        result.caret = cut_mark.size();
    }
    std::size_t number = 0;
    for (std::size_t shown_count = 0; !line.empty(); ++number) {
        const Character character = first_character(line);
        if (number >= first) {
            if (shown_count == longest_line) {
                result.text += cut_mark;
                break;
            }
            // A tab is a blank here, so that the caret stands where it should.
            const std::string piece =
                character.valid && character.point == '\t' ? " " : shown(line, character);
            result.text += piece;
            if (number + 1 < column) {
                const bool escaped = !character.valid || is_control(character.point);
                result.caret += escaped ? piece.size() : 1;
            }
            ++shown_count;
        }
        line.remove_prefix(character.bytes);
    }
    if (number + 1 < column) {
        ++result.caret;  // the mistake is the end of the line
    }
    return result;
}

}  // namespace respawnd::config
