// The table of the keys of respawnd.toml.
#include <array>
#include <utility>

#include "config/config_limits.h"
#include "config/duration_text.h"
#include "config/printable_text.h"
#include "config/settings_reader.h"
#include "config/size_text.h"

namespace respawnd::config {
namespace {

using core::Settings;

constexpr core::Duration a_year = std::chrono::days(365);
constexpr std::int64_t most_jobs = 100'000;

constexpr auto level_words = std::to_array<std::string_view>({"debug", "info", "warning", "error"});
constexpr auto levels =
    std::to_array<core::OwnLogLevel>({core::OwnLogLevel::debug, core::OwnLogLevel::info,
                                      core::OwnLogLevel::warning, core::OwnLogLevel::error});
constexpr auto target_words =
    std::to_array<std::string_view>({"auto", "journal", "file", "stderr"});
constexpr auto targets =
    std::to_array<core::OwnLogTarget>({core::OwnLogTarget::automatic, core::OwnLogTarget::journal,
                                       core::OwnLogTarget::file, core::OwnLogTarget::stderr_});

/// The word that stands for an enumerator in the list beside it.
template <class Words, class Enumerators, class Enumerator>
std::string word_for(const Words& words, const Enumerators& enumerators, Enumerator wanted) {
    for (std::size_t i = 0; i < enumerators.size(); ++i) {
        if (enumerators[i] == wanted) {
            return toml_text(words[i]);
        }
    }
    return "";
}

void read_count(std::uint32_t& target, const Value& value) {
    if (const auto number = value.whole_number(1, most_jobs)) {
        target = static_cast<std::uint32_t>(*number);
    }
}

/// A list of folders parted by colons. An empty one would be the current folder, of all places.
void read_search_path(const Value& value, Settings& settings) {
    auto path = value.string();
    if (!path) {
        return;
    }
    for (std::string_view rest = *path;;) {
        const std::size_t colon = rest.find(':');
        const std::string_view folder = rest.substr(0, colon);
        if (!folder.starts_with('/')) {
            value.refuse("must be folders that begin with /, parted by colons, not " +
                         in_quotes(*path));
            return;
        }
        if (colon == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(colon + 1);
    }
    settings.path = *std::move(path);
}

void read_file(const Value& value, Settings& settings) {
    auto path = value.string();
    if (!path) {
        return;
    }
    if (!path->starts_with('/') || path->ends_with('/')) {
        value.refuse("must be a path that begins with / and ends in a file's name, not " +
                     in_quotes(*path));
        return;
    }
    if (path->size() > longest_path) {
        value.refuse("is too long for a path");
        return;
    }
    settings.log.file = *std::move(path);
}

constexpr auto keys = std::to_array<SettingsKey>({
    {.words = {"", "shutdown_timeout", "a duration", R"("90s")",
               R"("1s" to "365d", or "infinity")"},
     .read =
         [](const Value& value, Settings& settings) {
             if (const auto time = value.duration(std::chrono::seconds(1), a_year, true)) {
                 settings.shutdown_timeout = *time;
             }
         },
     .text =
         [](const Settings& settings) {
             return std::optional("\"" + duration_text(settings.shutdown_timeout) + "\"");
         }},
    {.words = {"", "path", "folders parted by colons",
               R"("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")", ""},
     .read = read_search_path,
     .text = [](const Settings& settings) { return std::optional(toml_text(settings.path)); }},
    {.words = {"", "max_jobs", "a whole number", "10000", "1 to 100000"},
     .read = [](const Value& value, Settings& settings) { read_count(settings.max_jobs, value); },
     .text =
         [](const Settings& settings) { return std::optional(std::to_string(settings.max_jobs)); }},
    {.words = {"", "max_instances", "a whole number", "10000", "1 to 100000"},
     .read = [](const Value& value,
                Settings& settings) { read_count(settings.max_instances, value); },
     .text =
         [](const Settings& settings) {
             return std::optional(std::to_string(settings.max_instances));
         }},

    {.words = {"log", "level", "a word", R"("info")", R"("debug", "info", "warning" or "error")"},
     .read =
         [](const Value& value, Settings& settings) {
             if (const auto place = value.one_of(level_words)) {
                 settings.log.level = levels.at(*place);
             }
         },
     .text =
         [](const Settings& settings) {
             return std::optional(word_for(level_words, levels, settings.log.level));
         }},
    {.words = {"log", "target", "a word", R"("auto")", R"("auto", "journal", "file" or "stderr")"},
     .read =
         [](const Value& value, Settings& settings) {
             if (const auto place = value.one_of(target_words)) {
                 settings.log.target = targets.at(*place);
             }
         },
     .text =
         [](const Settings& settings) {
             return std::optional(word_for(target_words, targets, settings.log.target));
         }},
    {.words = {"log", "file", "a path", "", "beginning with /"},
     .read = read_file,
     .text =
         [](const Settings& settings) {
             return settings.log.file ? std::optional(toml_text(*settings.log.file)) : std::nullopt;
         }},
    {.words = {"log", "max_total", "a size", R"("infinity")", R"("4K" to "1024T", or "infinity")"},
     .read =
         [](const Value& value, Settings& settings) {
             if (const auto size = value.size_or_infinity(least_log_size, most_log_size)) {
                 settings.log_max_total = *size == core::unlimited_size ? std::nullopt : size;
             }
         },
     .text =
         [](const Settings& settings) {
             return std::optional(toml_text(settings.log_max_total
                                                ? size_text(*settings.log_max_total)
                                                : std::string("infinity")));
         }},
});

}  // namespace

std::span<const SettingsKey> settings_keys() {
    return keys;
}

}  // namespace respawnd::config
