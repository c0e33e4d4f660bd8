#include "config/end_values.h"

#include <charconv>
#include <csignal>
#include <cstdint>
#include <set>
#include <string>

#include "config/nearest_word.h"
#include "config/printable_text.h"
#include "core/signal_name.h"

namespace respawnd::config {
namespace {

constexpr std::int64_t highest_exit_code = 255;

std::string signal_hint(std::string_view written) {
    std::string name;
    for (const char c : written) {
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    }
    if (!name.starts_with("SIG")) {
        name.insert(0, "SIG");
    }
    const auto nearest = nearest_word(name, core::signal_names());
    return nearest ? "did you mean " + in_quotes(*nearest) + "?" : "";
}

std::string hint_for_number(std::int64_t number) {
    constexpr std::int64_t highest_signal = 64;
    return number >= 1 && number <= highest_signal
               ? "write " + in_quotes(core::signal_name(static_cast<int>(number)))
               : "";
}

std::optional<core::EndMatch> read_end(const Value& item) {
    if (const auto* code = std::get_if<std::int64_t>(&item.node().value)) {
        if (*code < 0 || *code > highest_exit_code) {
            item.refuse("must hold exit codes from 0 to 255, not " + std::to_string(*code));
            return std::nullopt;
        }
        return core::EndMatch{core::EndMatch::Kind::exit_code, static_cast<int>(*code)};
    }
    if (!item.is_string()) {
        item.refuse("must hold exit codes and names of signals, not " +
                    std::string(type_words(item.node())));
        return std::nullopt;
    }
    const auto text = item.string();
    const auto number = text ? core::signal_number(*text) : std::nullopt;
    if (number) {
        return core::EndMatch{core::EndMatch::Kind::signal, *number};
    }
    if (text) {
        int code = 0;
        const auto [end, problem] =
            std::from_chars(text->data(), text->data() + text->size(), code);
        const bool is_code = problem == std::errc() && end == text->data() + text->size();
        item.refuse(
            "must hold exit codes and names of signals, not " + in_quotes(*text),
            is_code ? "write " + std::to_string(code) + ", without quotes" : signal_hint(*text));
    }
    return std::nullopt;
}

}  // namespace

std::optional<int> read_stop_signal(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value.node().value)) {
        value.refuse_type("the name of a signal", hint_for_number(*number));
        return std::nullopt;
    }
    const auto name = value.string();
    if (!name) {
        return std::nullopt;
    }
    const auto number = core::signal_number(*name);
    if (!number) {
        value.refuse("must be the name of a signal, not " + in_quotes(*name), signal_hint(*name));
        return std::nullopt;
    }
    if (*number == SIGSTOP || *number == SIGCONT) {
        value.refuse("cannot be " + in_quotes(core::signal_name(*number)) +
                     ", which never ends a program");
        return std::nullopt;
    }
    return number;
}

std::optional<std::vector<core::EndMatch>> read_ends(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::set<core::EndMatch> ends;
    for (const Value& item : *items) {
        if (const auto end = read_end(item)) {
            ends.insert(*end);
        }
    }
    return std::vector(ends.begin(), ends.end());
}

}  // namespace respawnd::config
