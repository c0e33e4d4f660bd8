#include "config/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/config_limits.h"
#include "config/duration_text.h"
#include "config/nearest_word.h"
#include "config/printable_text.h"
#include "config/size_text.h"
#include "core/job_definition.h"

namespace respawnd::config {
namespace {

std::string octal(std::int64_t number) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, 8).ptr;
    std::string digits(buffer.data(), end);
    constexpr std::size_t usual_digits = 4;
    return std::string(usual_digits - std::min(usual_digits, digits.size()), '0') + digits;
}

/// The value as it would stand in quotes: `write "30"`.
std::string quotes_hint(const Node& node) {
    const bool scalar = std::holds_alternative<std::int64_t>(node.value) ||
                        std::holds_alternative<double>(node.value) ||
                        std::holds_alternative<bool>(node.value);
    return scalar ? "write " + toml_text(std::string_view(toml_text(node))) : "";
}

std::string first_bad_control(std::string_view text, Controls controls) {
    while (!text.empty()) {
        const Character character = first_character(text);
        const bool allowed = controls == Controls::newline_and_tab &&
                             (character.point == '\n' || character.point == '\t');
        if (is_control(character.point) && !allowed) {
            return printable(text.substr(0, character.bytes));
        }
        text.remove_prefix(character.bytes);
    }
    return "";
}

}  // namespace

std::string alternatives(std::span<const std::string_view> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) {
            text += i + 1 == words.size() ? " or " : ", ";
        }
        text += in_quotes(words[i]);
    }
    return text;
}

std::string Value::name() const {
    std::string name = dotted(words_);
    if (!entry_.empty()) {
        name += '.';
        name += entry_;
    }
    return name;
}

Value Value::entry_value(const Entry& entry) const {
    Value value(entry.value, words_, complaints_);
    value.entry_ = entry.key;
    return value;
}

void Value::refuse_at(Position at, const std::string& message, std::string hint) const {
    complaints().add(at, in_quotes(name()) + " " + message, std::move(hint));
}

void Value::refuse(const std::string& message, std::string hint) const {
    refuse_at(node().at, message, std::move(hint));
}

void Value::refuse(TextMistake mistake) const {
    refuse(mistake.message, std::move(mistake.hint));
}

void Value::refuse_type(std::string_view expected, std::string hint) const {
    refuse("must be " + std::string(expected) + ", not " + std::string(type_words(node_)),
           std::move(hint));
}

void Value::refuse_range() const {
    std::string shown = toml_text(node_);
    if (const auto* text = std::get_if<std::string>(&node().value)) {
        shown = in_quotes(*text);
    }
    const std::string_view range = words().range;
    const bool is_span = range.find(" to ") != std::string_view::npos;
    refuse((is_span ? "must be from " : "must be ") + std::string(range) + ", not " + shown);
}

bool Value::is_string() const {
    return std::holds_alternative<std::string>(node().value);
}

std::optional<std::string> Value::string(Controls controls) const {
    const auto* text = std::get_if<std::string>(&node().value);
    if (text == nullptr) {
        if (is_item_) {
            refuse("must hold strings only, not " + std::string(type_words(node_)),
                   quotes_hint(node_));
        } else {
            refuse_type("a string", quotes_hint(node_));
        }
        return std::nullopt;
    }
    if (text->size() > longest_word) {
        refuse("is longer than 128 KiB");
        return std::nullopt;
    }
    if (const std::string bad = first_bad_control(*text, controls); !bad.empty()) {
        refuse("holds the control character " + bad);
        return std::nullopt;
    }
    return *text;
}

std::optional<bool> Value::boolean() const {
    const auto* yes = std::get_if<bool>(&node().value);
    if (yes != nullptr) {
        return *yes;
    }
    std::string hint;
    if (const auto* text = std::get_if<std::string>(&node().value)) {
        const bool on = *text == "true" || *text == "yes" || *text == "on" || *text == "1";
        const bool off = *text == "false" || *text == "no" || *text == "off" || *text == "0";
        hint = on ? "write true, without quotes" : off ? "write false, without quotes" : "";
    } else if (const auto* number = std::get_if<std::int64_t>(&node().value)) {
        hint = *number == 0 ? "write false" : *number == 1 ? "write true" : "";
    }
    refuse_type("true or false", hint);
    return std::nullopt;
}

std::optional<std::int64_t> Value::whole_number(std::int64_t least, std::int64_t most) const {
    const auto* number = std::get_if<std::int64_t>(&node().value);
    if (number == nullptr) {
        std::string hint;
        if (const auto* text = std::get_if<std::string>(&node().value)) {
            std::int64_t inside = 0;
            const auto [end, problem] =
                std::from_chars(text->data(), text->data() + text->size(), inside);
            const bool whole = problem == std::errc() && end == text->data() + text->size();
            hint = whole ? "write " + std::to_string(inside) + ", without quotes" : "";
        }
        refuse_type("a whole number", hint);
        return std::nullopt;
    }
    if (*number < least || *number > most) {
        refuse_range();
        return std::nullopt;
    }
    return *number;
}

std::optional<double> Value::number(double least, double most) const {
    double number = 0;
    if (const auto* fraction = std::get_if<double>(&node().value)) {
        number = *fraction;
    } else if (const auto* whole = std::get_if<std::int64_t>(&node().value)) {
        number = static_cast<double>(*whole);
    } else {
        refuse_type("a number");
        return std::nullopt;
    }
    // Written so that "not a number" fails.
    if (!(number >= least && number <= most)) {
        refuse_range();
        return std::nullopt;
    }
    return number;
}

std::optional<core::Duration> Value::duration(core::Duration least, core::Duration most,
                                              bool infinity_too) const {
    if (const auto* number = std::get_if<std::int64_t>(&node().value)) {
        refuse_type(R"(a duration such as "30s")",
                    *number >= 0 ? "write \"" + std::to_string(*number) + "s\"" : "");
        return std::nullopt;
    }
    if (!is_string()) {
        refuse_type(R"(a duration such as "30s")");
        return std::nullopt;
    }
    const auto duration = read_duration(std::get<std::string>(node().value));
    if (!duration) {
        refuse(duration.error());
        return std::nullopt;
    }
    const bool fits = *duration >= least && *duration <= most;
    if (!fits && !(infinity_too && *duration == core::infinite)) {
        refuse_range();
        return std::nullopt;
    }
    return *duration;
}

std::optional<std::uint64_t> Value::size_or_infinity(std::uint64_t least,
                                                     std::uint64_t most) const {
    if (!is_string()) {
        const auto* number = std::get_if<std::int64_t>(&node().value);
        const bool has_unit = number != nullptr && *number > 0 && *number % 1024 == 0;
        refuse_type(
            R"(a size such as "10M")",
            has_unit ? "write " + in_quotes(size_text(static_cast<std::uint64_t>(*number))) : "");
        return std::nullopt;
    }
    const auto& text = std::get<std::string>(node().value);
    if (text == "infinity") {
        return core::unlimited_size;
    }
    const auto size = read_size(text);
    if (!size) {
        refuse(size_mistake(text));
        return std::nullopt;
    }
    if (*size < least || *size > most) {
        refuse_range();
        return std::nullopt;
    }
    return size;
}

std::optional<std::uint32_t> Value::mode() const {
    if (const auto* number = std::get_if<std::int64_t>(&node().value)) {
        // 0o22 has been turned into 18; 22 is meant to be octal all the same.
        const bool octal_digits = complaints().source().rest_of_line(node().at).starts_with("0o");
        const bool sensible = *number >= 0 && *number <= (octal_digits ? 0777 : 777);
        std::string digits = octal_digits ? octal(*number) : std::to_string(*number);
        digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
        refuse_type("a string of octal digits", sensible ? "write \"" + digits + "\"" : "");
        return std::nullopt;
    }
    const auto text = string();
    if (!text) {
        return std::nullopt;
    }
    std::uint32_t mode = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), mode, 8);
    constexpr std::uint32_t all_permissions = 0777;
    if (problem != std::errc() || end != text->data() + text->size() || mode > all_permissions) {
        refuse("must be octal digits from \"0000\" to \"0777\", not " + in_quotes(*text));
        return std::nullopt;
    }
    return mode;
}

std::optional<std::size_t> Value::one_of(std::span<const std::string_view> words) const {
    const auto* text = std::get_if<std::string>(&node().value);
    if (text == nullptr) {
        refuse_type(alternatives(words));
        return std::nullopt;
    }
    const auto found = std::ranges::find(words, *text);
    if (found == words.end()) {
        const auto nearest = nearest_word(*text, words);
        refuse("must be " + alternatives(words) + ", not " + in_quotes(*text),
               nearest ? "did you mean " + in_quotes(*nearest) + "?" : "");
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - words.begin());
}

std::optional<std::vector<Value>> Value::items() const {
    const auto* array = std::get_if<Array>(&node().value);
    if (array == nullptr) {
        const bool scalar = !std::holds_alternative<Table>(node().value) &&
                            !std::holds_alternative<Date>(node().value);
        std::string text = scalar ? toml_text(node_) : "";
        constexpr std::size_t longest_example = 60;
        refuse_type("an array",
                    scalar && text.size() <= longest_example ? "write [" + text + "]" : "");
        return std::nullopt;
    }
    if (array->size() > most_words) {
        refuse("has more than " + std::to_string(most_words) + " items");
        return std::nullopt;
    }
    std::vector<Value> values;
    values.reserve(array->size());
    for (const Node& item : *array) {
        values.emplace_back(item, words_, complaints_);
        values.back().is_item_ = true;
    }
    return values;
}

std::optional<std::vector<Value>> Value::items_or_one() const {
    if (is_string()) {
        return std::vector<Value>{*this};
    }
    if (!std::holds_alternative<Array>(node().value)) {
        refuse_type("a string or an array of strings", quotes_hint(node_));
        return std::nullopt;
    }
    return items();
}

const Table* Value::table() const {
    const auto* table = std::get_if<Table>(&node().value);
    if (table == nullptr) {
        refuse_type("a table");
    }
    return table;
}

}  // namespace respawnd::config
