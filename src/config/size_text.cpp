#include "config/size_text.h"

#include <charconv>

namespace respawnd::config {
namespace {

// Each stands for 1024 times the one before it.
constexpr std::string_view units = "KMGT";

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
