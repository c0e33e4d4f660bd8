#include "config/settings_reader.h"

#include <algorithm>
#include <utility>

#include "config/job_keys.h"
#include "config/key_set.h"
#include "config/printable_text.h"
#include "config/toml_document.h"

namespace respawnd::config {
namespace {

const KeySet& settings_key_set() {
    static const KeySet keys(
        [] {
            std::vector<KeyWords> rows;
            for (const SettingsKey& key : settings_keys()) {
                rows.push_back(key.words);
            }
            return rows;
        }(),
        "");
    return keys;
}

/// A key or table of job files at the top of the settings.
bool is_job_key(const Entry& entry) {
    const bool is_settings_key = std::ranges::any_of(settings_keys(), [&](const SettingsKey& key) {
        return key.words.table == entry.key ||
               (key.words.table.empty() && key.words.name == entry.key);
    });
    return !is_settings_key && std::ranges::any_of(job_keys(), [&](const JobKey& key) {
        return key.words.table == entry.key ||
               (key.words.table.empty() && key.words.name == entry.key);
    });
}

bool may_be_default(std::string_view name) {
    return std::ranges::none_of(job_keys(), [&](const JobKey& key) {
        return key.words.table.empty() && key.words.name == name && !key.in_defaults;
    });
}

/// Complains of whatever at the top is known by another name or place; leaves the rest.
Table without_misplaced_entries(Table table, Complaints& complaints) {
    std::erase_if(table.entries, [&](const Entry& entry) {
        if (entry.key == "control") {
            complaints.add(entry.at, "[control] is not supported yet");
            return true;
        }
        if (!is_job_key(entry)) {
            return false;
        }
        if (!may_be_default(entry.key)) {
            complaints.add(entry.at, in_quotes(entry.key) + " belongs into a job file");
            return true;
        }
        const bool is_table = std::holds_alternative<Table>(entry.value.value);
        complaints.add(entry.at, is_table
                                     ? "[" + entry.key + "] belongs into [defaults]: [defaults." +
                                           entry.key + "]"
                                     : in_quotes(entry.key) + " belongs into [defaults]");
        return true;
    });
    return table;
}

/// [defaults] of the document, or an empty table after a complaint.
Table defaults_of(const Table& root, Complaints& complaints) {
    const auto entry = std::ranges::find(root.entries, "defaults", &Entry::key);
    if (entry == root.entries.end()) {
        return {};
    }
    const auto* table = std::get_if<Table>(&entry->value.value);
    if (table == nullptr) {
        complaints.add(entry->at, "\"defaults\" must be a table, not " +
                                      std::string(type_words(entry->value)));
        return {};
    }
    return *table;
}

}  // namespace

ReadSettings read_settings(std::string_view file, std::string_view text) {
    text = without_byte_order_mark(text);
    const SourceText source(file, text);
    auto document = parse_toml(text, source);
    if (!document) {
        return {.settings = {}, .defaults = {}, .diagnostics = {std::move(document).error()}};
    }
    Complaints complaints(source);
    const Table root = without_misplaced_entries(*std::move(document), complaints);
    core::Settings settings;
    for (const auto& [row, entry] : settings_key_set().find_in(root, complaints, "defaults")) {
        const SettingsKey& key = settings_keys()[row];
        key.read(Value(entry->value, key.words, complaints), settings);
    }
    ReadSettings result;
    result.defaults.table = defaults_of(root, complaints);
    JobDraft draft;
    read_defaults(result.defaults.table, draft, complaints);
    result.diagnostics = complaints.take();
    if (result.diagnostics.empty()) {
        result.settings = std::move(settings);
    }
    return result;
}

}  // namespace respawnd::config
