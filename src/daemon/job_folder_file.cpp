#include "daemon/job_folder_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <string_view>
#include <utility>

#include "config/job_set_rules.h"
#include "platform/folder_listing.h"
#include "platform/path_walk.h"

namespace respawnd::daemon {
namespace {

using platform::FileReading;

/// A file with thousands of mistakes is one file of another kind.
constexpr std::size_t most_mistakes_shown = 100;

config::Diagnostic about(std::string file, std::string message) {
    config::Diagnostic diagnostic;
    diagnostic.file = std::move(file);
    diagnostic.message = std::move(message);
    return diagnostic;
}

void judge_text(const std::string& text, const std::string& job, const FolderReader& reader,
                JudgedFile& judged) {
    const std::string shown = reader.shown(job);
    config::ReadJob read = config::read_job({.name = job, .file = shown, .text = text},
                                            reader.settings, reader.defaults);
    judged.content = read.definition ? core::Content::good : core::Content::broken;
    if (read.definition) {
        judged.definition =
            std::make_shared<const core::JobDefinition>(*std::move(read.definition));
    }
    judged.diagnostics = std::move(read.diagnostics);
    judged.instances_place = std::move(read.instances_place);
}

}  // namespace

std::string FolderReader::shown(const std::string& job) const {
    return shown_path + "/" + job + std::string(platform::job_file_ending);
}

JudgedFile judge_file(const platform::TrustedFolder& folder, const std::string& job,
                      std::optional<std::uint64_t> known_hash, const FolderReader& reader) {
    FileReading reading =
        platform::read_file_of(folder, job + std::string(platform::job_file_ending));
    JudgedFile judged;
    judged.is_linked = reading.is_linked;
    judged.stamp = reading.stamp;
    switch (reading.kind) {
        case FileReading::Kind::gone:
            break;
        case FileReading::Kind::being_written:
            judged.content = core::Content::same;
            judged.writer = core::Writer::present;
            break;
        case FileReading::Kind::refused:
            judged.content = core::Content::broken;
            judged.is_worth_another_try = is_passing(reading.why);
            if (judged.is_worth_another_try) {
                judged.stamp = {};  // so that the next look does not take it for the same
            }
            judged.diagnostics.push_back(about(reader.shown(job), reading.why.text()));
            break;
        case FileReading::Kind::read:
            judged.writer = reading.is_finished ? core::Writer::none : core::Writer::unknown;
            judged.has_text = true;
            judged.text_hash = std::hash<std::string_view>()(reading.text);
            if (known_hash == judged.text_hash) {
                judged.content = core::Content::same;
            } else {
                judge_text(reading.text, job, reader, judged);
            }
            break;
    }
    return judged;
}

std::string rendered(const std::vector<config::Diagnostic>& diagnostics) {
    std::string text;
    for (std::size_t i = 0; i < diagnostics.size() && i < most_mistakes_shown; ++i) {
        text += config::render(diagnostics[i]);
    }
    if (diagnostics.size() > most_mistakes_shown) {
        const std::size_t more = diagnostics.size() - most_mistakes_shown;
        text += diagnostics.front().file + ": error: and " + std::to_string(more) +
                (more == 1 ? " more mistake\n" : " more mistakes\n");
    }
    return text;
}

std::optional<std::string> mistaken_name(const std::string& file_name, const FolderReader& reader) {
    const std::string job =
        file_name.substr(0, file_name.size() - platform::job_file_ending.size());
    const auto mistake = config::job_name_mistake(job);
    if (!mistake) {
        return std::nullopt;
    }
    const config::SourceText source(reader.shown(job), "");
    config::Diagnostic diagnostic = about(source.file(), *mistake);
    diagnostic.hint = "rename the file";
    return config::render(diagnostic);
}

bool is_passing(const core::Error& error) {
    constexpr std::array passing{EMFILE, ENFILE, ENOMEM, EAGAIN, EIO, ESTALE, ETIMEDOUT};
    return std::ranges::find(passing, error.number) != passing.end();
}

std::string missing_folder(const std::string& shown_path) {
    return "there is no job folder " + shown_path + "; make it with: mkdir -p " + shown_path;
}

CheckResult check_folder(const std::string& path, const std::string& shown_path,
                         const core::Settings& settings, const config::Defaults& defaults) {
    const FolderReader reader{.shown_path = shown_path, .settings = settings, .defaults = defaults};
    CheckResult result;
    const platform::PathWalk walk = platform::walk_path(path);
    if (!walk.end && walk.end.error().number == ENOENT) {
        result.texts.push_back(missing_folder(shown_path) + "\n");
        return result;
    }
    auto folder = platform::open_trusted_folder(walk);
    auto files = folder ? platform::list_job_files(*folder) : std::unexpected(folder.error());
    if (!files) {
        result.texts.push_back(config::render(about(shown_path, files.error().text())));
        result.mistaken_files = 1;
        return result;
    }
    config::ReadJobs jobs;
    for (const platform::ListedFile& file : *files) {
        if (auto mistake = mistaken_name(file.name, reader)) {
            result.texts.push_back(*std::move(mistake));
            ++result.mistaken_files;
            continue;
        }
        const std::string job =
            file.name.substr(0, file.name.size() - platform::job_file_ending.size());
        JudgedFile judged = judge_file(*folder, job, std::nullopt, reader);
        if (judged.content == core::Content::gone) {
            continue;
        }
        if (judged.writer == core::Writer::present) {
            judged.diagnostics.push_back(about(reader.shown(job), "somebody is writing the file"));
        }
        config::ReadJob& read = jobs[job];
        if (judged.definition != nullptr) {
            read.definition = *judged.definition;
        }
        read.diagnostics = std::move(judged.diagnostics);
        read.instances_place = std::move(judged.instances_place);
    }
    config::check_job_set(jobs, settings);
    for (const auto& [name, job] : jobs) {
        if (job.definition) {
            ++result.jobs;
        } else {
            ++result.mistaken_files;
            result.texts.push_back(rendered(job.diagnostics));
        }
    }
    return result;
}

}  // namespace respawnd::daemon
