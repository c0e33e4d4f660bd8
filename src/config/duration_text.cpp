#include "config/duration_text.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>

#include "config/printable_text.h"

namespace respawnd::config {
namespace {

using core::Duration;

struct Unit {
    std::string_view name;
    std::int64_t microseconds;
};

// The larger ones first: the order in which they may stand.
constexpr auto units = std::to_array<Unit>({{"d", 86'400'000'000},
                                            {"h", 3'600'000'000},
                                            {"m", 60'000'000},
                                            {"s", 1'000'000},
                                            {"ms", 1000},
                                            {"us", 1}});

struct Alias {
    std::string_view written;
    std::string_view unit;
};

// What other programs' files have, for the hint.
constexpr auto aliases = std::to_array<Alias>(
    {{"sec", "s"},     {"secs", "s"}, {"second", "s"}, {"seconds", "s"}, {"S", "s"},
     {"min", "m"},     {"mins", "m"}, {"minute", "m"}, {"minutes", "m"}, {"M", "m"},
     {"hr", "h"},      {"hrs", "h"},  {"hour", "h"},   {"hours", "h"},   {"H", "h"},
     {"day", "d"},     {"days", "d"}, {"msec", "ms"},  {"usec", "us"},   {"\u00B5s", "us"},
     {"\u03BCs", "us"}});

constexpr std::string_view examples =
    R"(write a number and a unit, such as "250ms", "30s", "1m30s")";

TextMistake no_duration(std::string_view text) {
    return {"must be a duration, not " + in_quotes(text), std::string(examples)};
}

std::string_view digits_of(std::string_view text) {
    return text.substr(0, text.find_first_not_of("0123456789"));
}

/// "0.5s" as it should be, in whole numbers of a smaller unit.
std::optional<std::string> meant_by_fraction(std::string_view text) {
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    constexpr double most = 1e6;
    for (const Unit& unit : units) {
        if (problem == std::errc() && unit.name == name && number >= 0 && number <= most) {
            return duration_text(Duration(
                static_cast<std::int64_t>(number * static_cast<double>(unit.microseconds))));
        }
    }
    return std::nullopt;
}

/// "5 s" and "5 seconds" as they should be: one number and something that means a unit.
std::optional<std::string> meant(std::string_view text) {
    const std::string_view digits = digits_of(text);
    std::string_view rest = text.substr(digits.size());
    while (rest.starts_with(' ')) {
        rest.remove_prefix(1);
    }
    constexpr std::size_t longest_number = 12;
    if (digits.empty() || digits.size() > longest_number) {
        return std::nullopt;
    }
    for (const Alias& alias : aliases) {
        if (alias.written == rest) {
            return std::string(digits) + std::string(alias.unit);
        }
    }
    for (const Unit& unit : units) {
        if (unit.name == rest) {
            return std::string(digits) + std::string(unit.name);
        }
    }
    return rest.empty() ? std::optional(std::string(digits) + "s") : std::nullopt;
}

TextMistake mistake_in(std::string_view text) {
    const bool has_fraction = text.find('.') != std::string_view::npos;
    const auto better = has_fraction ? meant_by_fraction(text) : meant(text);
    if (!better) {
        return no_duration(text);
    }
    const bool no_unit = digits_of(text).size() == text.size();
    return {no_unit ? "has no unit: " + in_quotes(text) : no_duration(text).message,
            "write " + in_quotes(*better)};
}

}  // namespace

std::expected<Duration, TextMistake> read_duration(std::string_view text) {
    if (text == "infinity") {
        return core::infinite;
    }
    const TextMistake too_long{"is longer than 100 years: " + in_quotes(text),
                               R"(write "infinity" if it is meant to have no end)"};
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    std::string_view rest = text;
    do {
        const std::string_view digits = digits_of(rest);
        rest.remove_prefix(digits.size());
        const std::string_view name = rest.substr(0, rest.find_first_of("0123456789"));
        rest.remove_prefix(name.size());
        while (next_unit < units.size() && units[next_unit].name != name) {
            ++next_unit;
        }
        if (digits.empty() || next_unit == units.size()) {
            return std::unexpected(mistake_in(text));
        }
        std::int64_t number = 0;
        std::int64_t product = 0;
        const auto problem = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (problem.ec != std::errc() ||
            __builtin_mul_overflow(number, units[next_unit].microseconds, &product) ||
            __builtin_add_overflow(total, product, &total) || total > longest_duration.count()) {
            return std::unexpected(too_long);
        }
        ++next_unit;
    } while (!rest.empty());
    return Duration(total);
}

std::string duration_text(Duration duration) {
    if (duration == core::infinite) {
        return "infinity";
    }
    std::int64_t rest = duration.count();
    std::string text;
    for (const Unit& unit : units) {
        if (rest >= unit.microseconds) {
            text += std::to_string(rest / unit.microseconds) + std::string(unit.name);
            rest %= unit.microseconds;
        }
    }
    return text.empty() ? "0s" : text;
}

}  // namespace respawnd::config
