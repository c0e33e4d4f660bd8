#include "config/program_values.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "config/config_limits.h"
#include "config/nearest_word.h"
#include "config/printable_text.h"
#include "config/word_split.h"
#include "core/capability_name.h"
#include "core/placeholder.h"

namespace respawnd::config {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

/// The text as the first instance will see it; complains about a percent sign that means nothing.
std::optional<std::string> expanded(const Value& value, std::string_view text,
                                    std::string_view job) {
    auto result = core::expand(text, {.job = std::string(job), .number = 1});
    if (!result) {
        const std::string& piece = result.error();
        value.refuse("holds " + in_quotes(piece) +
                         ", which is none of %n (the job), %i (the instance) and %%",
                     "write " + in_quotes("%" + piece) + " for a percent sign");
        return std::nullopt;
    }
    if (result->size() > longest_word) {
        value.refuse("is longer than 128 KiB");
        return std::nullopt;
    }
    return *std::move(result);
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && letters.find(name.front()) != std::string_view::npos &&
           std::ranges::all_of(name, [](char c) {
               return letters.find(c) != std::string_view::npos ||
                      digits.find(c) != std::string_view::npos;
           });
}

/// Why the name cannot be set by a job; empty if it can. Processes that outlive their instance are
/// found by the variables that respawnd sets, so no job may set them.
std::string variable_mistake(std::string_view name) {
    if (!is_variable_name(name)) {
        return "holds " + in_quotes(name) +
               ", which is no name of a variable: letters, digits and _, not a digit first";
    }
    return name.starts_with("RESPAWND_")
               ? "holds " + in_quotes(name) + ", which respawnd sets itself"
               : "";
}

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

std::string account_mistake(std::string_view name) {
    if (name.empty()) {
        return "is empty";
    }
    const bool begins_with_digit = digits.find(name.front()) != std::string_view::npos;
    if (begins_with_digit) {
        std::uint32_t number = 0;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
        const bool leading_zero = name.size() > 1 && name.front() == '0';
        // setuid(2) and its kind read both numbers as "leave it as it is".
        const bool unchanged = number == 0xFFFFFFFF || number == 0xFFFF;
        const bool good = problem == std::errc() && end == name.data() + name.size() &&
                          !leading_zero && !unchanged;
        return good ? "" : "must be a name, or a number from 0 to 4294967294 but 65535, not ";
    }
    const bool odd = name.front() == '-' || name.front() == '+' || name.front() == '~' ||
                     name.front() == ' ' || name.back() == ' ' || name == "." || name == ".." ||
                     name.find_first_of(":/,") != std::string_view::npos ||
                     name.size() > longest_user_name;
    return odd ? "cannot be " : "";
}

std::string folder_name_mistake(std::string_view path) {
    if (path.empty()) {
        return "holds an empty name";
    }
    if (path.starts_with('/')) {
        return "must be a name without / in front, not " + in_quotes(path);
    }
    if (path.size() > longest_path) {
        return "is too long for a path";
    }
    const std::string_view top = path.substr(0, path.find('/'));
    if (top == "respawnd") {
        return "must not be \"respawnd\", which is respawnd's own folder";
    }
    for (std::string_view rest = path;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || part.size() > longest_path_part) {
            return "holds " + in_quotes(path) + ", whose part " + in_quotes(part) +
                   " is no folder name";
        }
        if (slash == std::string_view::npos) {
            return "";
        }
        rest.remove_prefix(slash + 1);
    }
}

/// The path without its placeholders expanded, known to be absolute.
bool is_good_path(const Value& value, std::string_view path, std::string_view job) {
    const auto full = expanded(value, path, job);
    if (!full) {
        return false;
    }
    if (!full->starts_with('/')) {
        value.refuse(full->empty() ? "is empty"
                                   : "must be a path that begins with /, not " + in_quotes(path));
        return false;
    }
    if (full->size() > longest_path) {
        value.refuse("is too long for a path");
        return false;
    }
    return true;
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

std::optional<std::string> read_account(const Value& value) {
    auto name = value.string();
    if (!name) {
        return std::nullopt;
    }
    std::string mistake = account_mistake(*name);
    if (!mistake.empty()) {
        value.refuse(mistake.ends_with(' ') ? mistake + in_quotes(*name) : mistake);
        return std::nullopt;
    }
    return name;
}

std::optional<std::vector<std::string>> read_accounts(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Value& item : *items) {
        if (auto name = read_account(item)) {
            names.push_back(*std::move(name));
        }
    }
    return names;
}

std::optional<std::string> read_absolute_path(const Value& value, std::string_view job) {
    auto path = value.string();
    if (!path || !is_good_path(value, *path, job)) {
        return std::nullopt;
    }
    return path;
}

std::optional<std::vector<std::string>> read_folder_names(const Value& value,
                                                          std::string_view job) {
    const auto items = value.items_or_one();
    if (!items) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Value& item : *items) {
        auto name = item.string();
        const auto full = name ? expanded(item, *name, job) : std::nullopt;
        if (!full) {
            continue;
        }
        if (const std::string mistake = folder_name_mistake(*full); !mistake.empty()) {
            item.refuse(mistake);
            continue;
        }
        names.push_back(*std::move(name));
    }
    return names;
}

std::optional<std::vector<core::EnvironmentFile>> read_environment_files(const Value& value,
                                                                         std::string_view job) {
    const auto items = value.items_or_one();
    if (!items) {
        return std::nullopt;
    }
    std::vector<core::EnvironmentFile> files;
    for (const Value& item : *items) {
        const auto text = item.string();
        if (!text) {
            continue;
        }
        const bool may_be_missing = text->starts_with('-');
        std::string path = text->substr(may_be_missing ? 1 : 0);
        if (is_good_path(item, path, job)) {
            files.push_back({.path = std::move(path), .may_be_missing = may_be_missing});
        }
    }
    return files;
}

std::optional<std::vector<std::string>> read_variable_names(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Value& item : *items) {
        auto name = item.string();
        if (!name) {
            continue;
        }
        if (const std::string mistake = variable_mistake(*name); !mistake.empty()) {
            item.refuse(mistake);
            continue;
        }
        names.push_back(*std::move(name));
    }
    return names;
}

void read_environment(const Value& value, std::string_view job,
                      std::map<std::string, std::string>& environment) {
    const Table* table = value.table();
    if (table == nullptr) {
        return;
    }
    if (table->entries.size() > most_words) {
        value.refuse("has more than " + std::to_string(most_words) + " variables");
        return;
    }
    for (const Entry& entry : table->entries) {
        if (const std::string mistake = variable_mistake(entry.key); !mistake.empty()) {
            value.refuse_at(entry.at, mistake);
            continue;
        }
        const Value variable = value.entry_value(entry);
        if (const auto* number = std::get_if<std::int64_t>(&entry.value.value)) {
            environment[entry.key] = std::to_string(*number);
            continue;
        }
        if (!variable.is_string()) {
            const bool scalar = std::holds_alternative<bool>(entry.value.value) ||
                                std::holds_alternative<double>(entry.value.value);
            variable.refuse_type("a string or a whole number",
                                 scalar ? "write \"" + toml_text(entry.value) + "\"" : "");
            continue;
        }
        auto text = variable.string(Controls::newline_and_tab);
        if (text && expanded(variable, *text, job)) {
            environment[entry.key] = *std::move(text);
        }
    }
}

std::optional<std::vector<int>> read_capabilities(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::set<int> numbers;
    for (const Value& item : *items) {
        const auto name = item.string();
        if (!name) {
            continue;
        }
        const auto number = core::capability_number(*name);
        if (!number) {
            std::string written = *name;
            const auto nearest = nearest_word(
                written.starts_with("CAP_") ? written : "CAP_" + written, core::capability_names());
            item.refuse("must hold names of capabilities, not " + in_quotes(*name),
                        nearest ? "did you mean " + in_quotes(*nearest) + "?" : "");
            continue;
        }
        numbers.insert(*number);
    }
    return std::vector(numbers.begin(), numbers.end());
}

}  // namespace respawnd::config
