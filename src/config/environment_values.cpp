#include "config/environment_values.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "config/config_limits.h"
#include "config/expanded_text.h"
#include "config/path_values.h"
#include "config/printable_text.h"

namespace respawnd::config {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

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

}  // namespace

bool is_variable_name(std::string_view name) {
    return !name.empty() && letters.find(name.front()) != std::string_view::npos &&
           std::ranges::all_of(name, [](char c) {
               return letters.find(c) != std::string_view::npos ||
                      digits.find(c) != std::string_view::npos;
           });
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

}  // namespace respawnd::config
