#include "config/job_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "config/job_keys.h"
#include "config/job_rules.h"
#include "config/key_set.h"
#include "config/printable_text.h"
#include "config/toml_document.h"
#include "config/value.h"

namespace respawnd::config {
namespace {

const KeySet& job_key_set(bool of_defaults) {
    const auto all_words = [] {
        std::vector<KeyWords> rows;
        for (const JobKey& key : job_keys()) {
            rows.push_back(key.words);
        }
        return rows;
    };
    static const KeySet of_file(all_words(), "");
    static const KeySet below_defaults(all_words(), "defaults");
    return of_defaults ? below_defaults : of_file;
}

/// The commonest slip of TOML: `user` below the header [environment] would be a variable of that
/// name, and the program would run as root. What is meant for the job is taken out of the table
/// and complained about. In { } there is no such doubt.
Node without_misplaced_keys(const Entry& environment, const KeySet& keys, Complaints& complaints) {
    Node node = environment.value;
    auto* table = std::get_if<Table>(&node.value);
    if (table == nullptr || table->is_inline) {
        return node;
    }
    std::erase_if(table->entries, [&](const Entry& entry) {
        if (!keys.has("", entry.key)) {
            return false;
        }
        complaints.add(
            entry.at, in_quotes(entry.key) + " " + keys.belongs(""),
            "for a variable of that name write environment = { " + entry.key + " = \"...\" }");
        return true;
    });
    return node;
}

void read_keys(const Table& table, JobDraft& draft, Complaints& complaints) {
    const KeySet& keys = job_key_set(draft.is_defaults);
    for (const auto& [row, entry] : keys.find_in(table, complaints)) {
        const JobKey& key = job_keys()[row];
        if (draft.is_defaults && !key.in_defaults) {
            complaints.add(entry->at,
                           in_quotes(key.words.name) + " belongs into a job file, not [defaults]");
            continue;
        }
        draft.given.emplace_back(&key.words, entry->at);
        if (key.words.name == "environment") {
            const Node node = without_misplaced_keys(*entry, keys, complaints);
            key.read(Value(node, key.words, complaints), draft);
        } else {
            key.read(Value(entry->value, key.words, complaints), draft);
        }
    }
}

/// True when a mistake is about `command` already: that it is missing is no news then.
bool is_about_command(const Diagnostic& diagnostic) {
    return diagnostic.message.find("\"command\"") != std::string::npos ||
           diagnostic.hint.find("\"command\"") != std::string::npos;
}

void check_command_is_there(const JobDraft& draft, Complaints& complaints) {
    if (!draft.place_of("", "command") && !complaints.any_of(is_about_command)) {
        complaints.add(
            Position{}, "\"command\" is missing",
            R"(write for example: command = ["/usr/bin/php", "/srv/mailer/worker.php"])");
    }
}

/// The definition before the file itself is read: the settings, and [defaults] with this job's
/// name in place of the placeholders. What was good without the name may be bad with it.
JobDraft draft_of_defaults(std::string_view name, const core::Settings& settings,
                           const Defaults& defaults, Complaints& complaints) {
    JobDraft draft;
    draft.definition.name = name;
    if (settings.path != core::usual_path) {
        draft.definition.program.path = settings.path;
    }
    draft.is_defaults = true;
    const SourceText no_source("", "");
    Complaints of_defaults(no_source);
    read_keys(defaults.table, draft, of_defaults);
    for (const Diagnostic& diagnostic : of_defaults.take()) {
        complaints.add(Position{}, diagnostic.message + " (it stands in [defaults])",
                       diagnostic.hint);
    }
    draft.is_defaults = false;
    draft.given.clear();
    return draft;
}

Diagnostic place_of_instances(const JobDraft& draft, const SourceText& source) {
    return source.at(draft.place_of("", "instances").value_or(Position{}), {});
}

}  // namespace

std::optional<std::string> job_name_mistake(std::string_view name) {
    constexpr std::size_t longest_name = 64;
    const auto is_letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const bool good = !name.empty() && name.size() <= longest_name &&
                      is_letter_or_digit(name.front()) && std::ranges::all_of(name, [&](char c) {
                          return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
                      });
    if (good) {
        return std::nullopt;
    }
    return in_quotes(name) +
           " cannot be the name of a job: at most 64 letters, digits and . _ -, "
           "a letter or digit first";
}

void read_defaults(const Table& table, JobDraft& draft, Complaints& complaints) {
    draft.is_defaults = true;
    draft.definition.name = "job";
    read_keys(table, draft, complaints);
    check_job_rules(draft, complaints);
}

ReadJob read_job(const JobText& job, const core::Settings& settings, const Defaults& defaults) {
    const std::string_view text = without_byte_order_mark(job.text);
    const SourceText source(job.file, text);
    if (auto mistake = job_name_mistake(job.name)) {
        return {.definition = {},
                .diagnostics = {{.file = source.file(),
                                 .line_text = {},
                                 .message = *std::move(mistake),
                                 .hint = "rename the file"}},
                .instances_place = {}};
    }
    auto document = parse_toml(text, source);
    if (!document) {
        return {
            .definition = {}, .diagnostics = {std::move(document).error()}, .instances_place = {}};
    }
    Complaints complaints(source);
    JobDraft draft = draft_of_defaults(job.name, settings, defaults, complaints);
    read_keys(*document, draft, complaints);
    check_job_rules(draft, complaints);
    check_command_is_there(draft, complaints);
    ReadJob result{.definition = {},
                   .diagnostics = complaints.take(),
                   .instances_place = place_of_instances(draft, source)};
    if (result.diagnostics.empty()) {
        result.definition = std::move(draft.definition);
    }
    return result;
}

}  // namespace respawnd::config
