#include "config/command_values.h"

#include <utility>

#include "config/config_limits.h"
#include "config/environment_values.h"
#include "config/expanded_text.h"
#include "config/printable_text.h"
#include "config/word_split.h"

namespace respawnd::config {
namespace {

std::optional<std::vector<std::string>> words_of_array(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::vector<std::string> words;
    bool good = true;
    for (const Value& item : *items) {
        auto word = item.string(Controls::newline_and_tab);
        good = good && word.has_value();
        words.push_back(std::move(word).value_or(""));
    }
    return good ? std::optional(std::move(words)) : std::nullopt;
}

std::optional<std::vector<std::string>> words_of_string(const Value& value) {
    const auto text = value.string(Controls::newline_and_tab);
    if (!text) {
        return std::nullopt;
    }
    auto words = split_words(*text);
    if (!words) {
        value.refuse(std::move(words).error());
        return std::nullopt;
    }
    if (words->size() > most_words) {
        value.refuse("has more than " + std::to_string(most_words) + " words");
        return std::nullopt;
    }
    // `A=b program` sets a variable in a shell; here it would be a program called `A=b`.
    if (!words->empty()) {
        const std::string& first = words->front();
        const std::size_t equals = first.find('=');
        if (equals != std::string::npos && is_variable_name(first.substr(0, equals))) {
            value.refuse("begins with " + in_quotes(first) + ", which only a shell understands",
                         "write below [environment]: " + clipped(first.substr(0, equals)) + " = " +
                             toml_text(clipped(first.substr(equals + 1))));
            return std::nullopt;
        }
    }
    return *std::move(words);
}

}  // namespace

std::optional<std::vector<std::string>> read_command(const Value& value, std::string_view job) {
    const bool is_array = std::holds_alternative<Array>(value.node().value);
    if (!is_array && !value.is_string()) {
        value.refuse_type("an array of strings, or one string");
        return std::nullopt;
    }
    auto words = is_array ? words_of_array(value) : words_of_string(value);
    if (!words) {
        return std::nullopt;
    }
    if (words->empty() || words->front().empty()) {
        value.refuse(words->empty() ? "is empty" : "begins with an empty word",
                     R"(write the program first: ["/usr/bin/php", "/srv/mailer/worker.php"])");
        return std::nullopt;
    }
    if (words->front().starts_with("~")) {
        value.refuse("begins with ~, which only a shell understands", "write the whole path");
        return std::nullopt;
    }
    for (const std::string& word : *words) {
        if (!expanded(value, word, job)) {
            return std::nullopt;
        }
    }
    return words;
}

}  // namespace respawnd::config
