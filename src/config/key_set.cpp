#include "config/key_set.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/nearest_word.h"
#include "config/printable_text.h"

namespace respawnd::config {
namespace {

struct Foreign {
    std::string_view written;
    std::string_view table;
    std::string_view name;
};

// What the files of other supervisors call the same thing: no slip of the finger, so no distance
// between words would find it. In small letters, without - and _.
constexpr auto foreign_words = std::to_array<Foreign>({{"cmd", "", "command"},
                                                       {"exec", "", "command"},
                                                       {"execstart", "", "command"},
                                                       {"program", "", "command"},
                                                       {"start", "", "command"},
                                                       {"cwd", "", "directory"},
                                                       {"chdir", "", "directory"},
                                                       {"workdir", "", "directory"},
                                                       {"workingdir", "", "directory"},
                                                       {"workingdirectory", "", "directory"},
                                                       {"env", "", "environment"},
                                                       {"envfile", "", "environment_file"},
                                                       {"numprocs", "", "instances"},
                                                       {"processes", "", "instances"},
                                                       {"replicas", "", "instances"},
                                                       {"workers", "", "instances"},
                                                       {"autostart", "", "enabled"},
                                                       {"uid", "", "user"},
                                                       {"gid", "", "group"},
                                                       {"groups", "", "supplementary_groups"},
                                                       {"autorestart", "restart", "policy"},
                                                       {"restartsec", "restart", "delay"},
                                                       {"startretries", "restart", "limit"},
                                                       {"maxrestarts", "restart", "limit"},
                                                       {"exitcodes", "restart", "success"},
                                                       {"killsignal", "stop", "signal"},
                                                       {"stopsignal", "stop", "signal"},
                                                       {"stopwaitsecs", "stop", "timeout"},
                                                       {"timeoutstopsec", "stop", "timeout"},
                                                       {"execstop", "stop", "command"}});

std::string folded(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (c != '_' && c != '-') {
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        }
    }
    return result;
}

bool is_table(const Node& node) {
    return std::holds_alternative<Table>(node.value);
}

}  // namespace

KeySet::KeySet(std::vector<KeyWords> rows, std::string_view prefix)
    : rows_(std::move(rows)), prefix_(prefix) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        by_name_.emplace(dotted(rows_[i]), i);
        if (!rows_[i].table.empty() &&
            std::ranges::find(tables_, rows_[i].table) == tables_.end()) {
            tables_.push_back(rows_[i].table);
        }
    }
}

bool KeySet::has(std::string_view table, std::string_view name) const {
    std::string full(table);
    if (!full.empty()) {
        full += '.';
    }
    return by_name_.contains(full += name);
}

bool KeySet::has_supported(std::string_view table) const {
    return std::ranges::any_of(
        rows_, [&](const KeyWords& row) { return row.table == table && row.supported; });
}

std::string KeySet::header(std::string_view table) const {
    std::string name = prefix_;
    if (!name.empty() && !table.empty()) {
        name += '.';
    }
    return "[" + (name += table) + "]";
}

std::string KeySet::shown(std::string_view table, std::string_view name) const {
    std::string full = prefix_;
    for (const std::string_view part : {table, name}) {
        if (!full.empty() && !part.empty()) {
            full += '.';
        }
        full += part;
    }
    return in_quotes(full);
}

std::string KeySet::belongs(std::string_view table) const {
    if (table.empty() && prefix_.empty()) {
        return "belongs above the first [table]";
    }
    return "belongs into " + header(table);
}

std::vector<FoundKey> KeySet::find_in(const Table& root, Complaints& complaints,
                                      std::string_view except) const {
    std::vector<FoundKey> found;
    for (const Entry& entry : root.entries) {
        const bool is_table_name = std::ranges::find(tables_, entry.key) != tables_.end();
        if (entry.key == except && !except.empty()) {
            continue;
        }
        if (!is_table_name) {
            find_in_table("", {&entry, 1}, complaints, found);
        } else if (!is_table(entry.value)) {
            complain_of_no_table(entry, complaints);
        } else {
            const Table& table = std::get<Table>(entry.value.value);
            const bool has_only_its_keys =
                !table.entries.empty() &&
                std::ranges::all_of(table.entries,
                                    [&](const Entry& inner) { return has(entry.key, inner.key); });
            if (!has_only_its_keys && !has_supported(entry.key)) {
                // Where a key of it would belong otherwise is no help: "command" of [hooks] above
                // the first [table] would replace the program.
                complaints.add(entry.at, header(entry.key) + " is not supported yet");
                continue;
            }
            find_in_table(entry.key, table.entries, complaints, found);
        }
    }
    return found;
}

void KeySet::find_in_table(std::string_view table, std::span<const Entry> entries,
                           Complaints& complaints, std::vector<FoundKey>& found) const {
    std::string full;
    for (const Entry& entry : entries) {
        full = table;
        if (!full.empty()) {
            full += '.';
        }
        const auto row = by_name_.find(full += entry.key);
        if (row == by_name_.end() || rows_[row->second].name != entry.key) {
            complain_of_unknown(table, entry, complaints);
        } else if (!rows_[row->second].supported) {
            complaints.add(entry.at, shown(table, entry.key) + " is not supported yet");
        } else {
            found.push_back({row->second, &entry});
        }
    }
}

void KeySet::complain_of_no_table(const Entry& entry, Complaints& complaints) const {
    std::string hint = "write " + header(entry.key) + " on a line of its own, and its keys below";
    // `restart = "always"` is what most other programs have.
    if (entry.key == "restart" && std::holds_alternative<std::string>(entry.value.value)) {
        hint = "write " + header(entry.key) + " and below it policy = " + toml_text(entry.value);
    } else if (std::holds_alternative<Array>(entry.value.value)) {
        hint = "write " + header(entry.key) + ", with single brackets";
    }
    complaints.add(
        entry.at,
        shown("", entry.key) + " must be a table, not " + std::string(type_words(entry.value)),
        std::move(hint));
}

void KeySet::complain_of_unknown(std::string_view table, const Entry& entry,
                                 Complaints& complaints) const {
    if (complaints.is_full()) {
        complaints.add(entry.at, {});
        return;
    }
    // A table that nobody knows; unless its name is that of a key, which is then named right.
    if (table.empty() && is_table(entry.value) && !std::get<Table>(entry.value.value).is_inline) {
        const auto nearest = nearest_word(entry.key, tables_);
        complaints.add(
            entry.at, "unknown table " + header(clipped(entry.key)),
            nearest ? "did you mean " + header(*nearest) + "?" : hint_for(table, entry.key));
        return;
    }
    if (const auto hint = right_table_hint(table, entry.key)) {
        complaints.add(entry.at, in_quotes(entry.key) + " " + *hint);
        return;
    }
    complaints.add(entry.at, "unknown key " + shown(table, entry.key), hint_for(table, entry.key));
}

std::optional<std::string> KeySet::right_table_hint(std::string_view table,
                                                    std::string_view name) const {
    if (!table.empty() && has("", name)) {
        return belongs("");
    }
    // Several tables have a `timeout`: the first one that works is meant, [stop].
    const auto is_meant = [&](const KeyWords& row) {
        return row.name == name && row.table != table;
    };
    auto row = std::ranges::find_if(rows_, [&](const KeyWords& candidate) {
        return is_meant(candidate) && candidate.supported;
    });
    if (row == rows_.end()) {
        row = std::ranges::find_if(rows_, is_meant);
    }
    return row == rows_.end() ? std::nullopt : std::optional(belongs(row->table));
}

std::string KeySet::hint_for(std::string_view table, std::string_view name) const {
    std::vector<std::string_view> here;
    std::vector<std::string_view> elsewhere;
    for (const KeyWords& row : rows_) {
        if (row.supported) {
            (row.table == table ? here : elsewhere).push_back(row.name);
        }
    }
    if (table.empty()) {
        here.insert(here.end(), tables_.begin(), tables_.end());
    }
    if (const auto nearest = nearest_word(name, here)) {
        return "did you mean " + in_quotes(*nearest) + "?";
    }
    const auto with_place = [&](std::string_view meant_table, std::string_view meant) {
        return "did you mean " + in_quotes(meant) +
               (meant_table == table ? "?" : "? It " + belongs(meant_table));
    };
    const std::string plain = folded(name);
    for (const Foreign& foreign : foreign_words) {
        if (foreign.written == plain && has(foreign.table, foreign.name)) {
            return with_place(foreign.table, foreign.name);
        }
    }
    if (const auto nearest = nearest_word(name, elsewhere)) {
        const auto row = std::ranges::find_if(rows_, [&](const KeyWords& candidate) {
            return candidate.name == *nearest && candidate.table != table && candidate.supported;
        });
        return with_place(row->table, row->name);
    }
    return "";
}

}  // namespace respawnd::config
