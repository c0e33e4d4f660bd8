#include "config/size_text.h"

#include <charconv>

#include "config/printable_text.h"

namespace respawnd::config {
namespace {

// Each stands for 1024 times the one before it.
constexpr std::string_view units = "KMGT";

/// "10m", "10 MB" and "10MiB" as they should be; nothing for what only its writer understands.
std::optional<std::string> meant(std::string_view text) {
    std::string plain;
    for (const char c : text) {
        if (c != ' ') {
            plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
        }
    }
    for (const std::string_view ending : {"IB", "B"}) {
        if (plain.ends_with(ending)) {
            plain.resize(plain.size() - ending.size());
            break;
        }
    }
    return read_size(plain) ? std::optional(plain) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> read_size(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const std::size_t unit = units.find(text.back());
    if (unit == std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    const std::uint64_t factor = std::uint64_t{1} << (10 * (unit + 1));
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(number, factor, &bytes)) {
        return std::nullopt;
    }
    return bytes;
}

TextMistake size_mistake(std::string_view text) {
    const bool no_unit =
        !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    const auto better = meant(text);
    return {no_unit ? "has no unit: " + in_quotes(text) : "must be a size, not " + in_quotes(text),
            better ? "write " + in_quotes(*better)
                   : R"(write a whole number and a unit, such as "512K", "10M", "2G")"};
}

std::string size_text(std::uint64_t bytes) {
    std::size_t unit = 0;
    while (unit < units.size() && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        ++unit;
    }
    std::string text = std::to_string(bytes);
    if (unit > 0) {
        text += units[unit - 1];
    }
    return text;
}

}  // namespace respawnd::config
