#include "config/toml_node.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/printable_text.h"

namespace respawnd::config {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

std::string unicode_escape(char32_t point) {
    constexpr std::string_view alphabet = "0123456789ABCDEF";
    std::string text = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        text += alphabet[(point >> shift) & 0xF];
    }
    return text;
}

/// The shortest text that reads back as the same number, and as one with a fraction.
std::string number_text(double number) {
    if (std::isnan(number)) {
        return "nan";
    }
    if (std::isinf(number)) {
        return number < 0 ? "-inf" : "inf";
    }
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    std::string text(buffer.data(), end);
    if (text.find_first_of(".e") == std::string::npos) {
        text += ".0";
    }
    return text;
}

std::string array_text(const Array& array) {
    std::string text = "[";
    for (const Node& item : array) {
        text += (text.size() > 1 ? ", " : "") + toml_text(item);
    }
    return text + "]";
}

std::string table_text(const Table& table) {
    std::string text = "{";
    for (const Entry& entry : table.entries) {
        text += (text.size() > 1 ? ", " : " ") + toml_key(entry.key) + " = ";
        text += toml_text(entry.value);
    }
    return text + (table.entries.empty() ? "}" : " }");
}

}  // namespace

std::string_view type_words(const Node& node) {
    constexpr auto words =
        std::to_array<std::string_view>({"a string", "a whole number", "a number with a fraction",
                                         "true or false", "a date or time", "an array", "a table"});
    return words[node.value.index()];
}

const Node* find(const Table& table, std::string_view key) {
    const auto found = std::ranges::find(table.entries, key, &Entry::key);
    return found == table.entries.end() ? nullptr : &found->value;
}

std::string toml_text(const Node& node) {
    return std::visit(
        Overloaded{[](const std::string& text) { return toml_text(std::string_view(text)); },
                   [](std::int64_t number) { return std::to_string(number); },
                   [](double number) { return number_text(number); },
                   [](bool yes) { return std::string(yes ? "true" : "false"); },
                   [](const Date&) { return std::string("1970-01-01"); },
                   [](const Array& array) { return array_text(array); },
                   [](const Table& table) { return table_text(table); }},
        node.value);
}

std::string toml_text(std::string_view string) {
    std::string text = "\"";
    while (!string.empty()) {
        const Character character = first_character(string);
        if (character.point == '"' || character.point == '\\') {
            text += '\\';
            text += static_cast<char>(character.point);
        } else if (character.point == '\n') {
            text += "\\n";
        } else if (character.point == '\t') {
            text += "\\t";
        } else if (is_control(character.point) || !character.valid) {
            text += unicode_escape(character.point);
        } else {
            text += string.substr(0, character.bytes);
        }
        string.remove_prefix(character.bytes);
    }
    return text + "\"";
}

std::string toml_key(std::string_view key) {
    const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    return bare ? std::string(key) : toml_text(key);
}

}  // namespace respawnd::config
