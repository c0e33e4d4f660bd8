#include "config/job_set_rules.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/log_values.h"
#include "config/printable_text.h"
#include "config/text_mistake.h"
#include "core/log_name.h"

namespace respawnd::config {
namespace {

void refuse(ReadJob& job, TextMistake mistake) {
    Diagnostic diagnostic = job.instances_place;
    diagnostic.message = std::move(mistake.message);
    diagnostic.hint = std::move(mistake.hint);
    job.diagnostics.push_back(std::move(diagnostic));
    job.definition.reset();
}

/// The jobs that have a definition, those in force first.
std::vector<std::pair<const std::string*, ReadJob*>> in_order(ReadJobs& jobs,
                                                              const JobNames& in_force) {
    std::vector<std::pair<const std::string*, ReadJob*>> order;
    order.reserve(jobs.size());
    for (const bool are_in_force : {true, false}) {
        for (auto& [name, job] : jobs) {
            if (job.definition && in_force.contains(name) == are_in_force) {
                order.emplace_back(&name, &job);
            }
        }
    }
    return order;
}

/// How many jobs and instances there are so far.
class Counts {
  public:
    [[nodiscard]] std::optional<TextMistake> mistake(const core::JobDefinition& job,
                                                     const core::Settings& settings) const {
        if (jobs_ + 1 > settings.max_jobs) {
            return TextMistake{"this is one job more than \"max_jobs\" allows (" +
                                   std::to_string(settings.max_jobs) + ")",
                               "raise max_jobs in respawnd.toml"};
        }
        if (instances_ + job.instances > settings.max_instances) {
            return TextMistake{"with " + std::to_string(job.instances) +
                                   (job.instances == 1 ? " instance" : " instances") +
                                   " of this job there are more than \"max_instances\" allows (" +
                                   std::to_string(settings.max_instances) + ")",
                               "raise max_instances in respawnd.toml"};
        }
        return std::nullopt;
    }
    void add(const core::JobDefinition& job) {
        ++jobs_;
        instances_ += job.instances;
    }

  private:
    std::uint64_t jobs_ = 0;
    std::uint64_t instances_ = 0;
};

/// The path whose rotated file would have this name, NAME for NAME.1 and NAME.2.zst; empty where
/// there is none.
std::string rotated_from(std::string_view path) {
    constexpr std::string_view compressed = ".zst";
    if (path.ends_with(compressed)) {
        path.remove_suffix(compressed.size());
    }
    const std::size_t last = path.find_last_not_of("0123456789");
    const bool has_number = last != std::string_view::npos && last + 1 < path.size();
    return has_number && path[last] == '.' ? std::string(path.substr(0, last)) : "";
}

/// All files that the job writes.
std::vector<std::string> log_paths(const core::JobDefinition& job) {
    std::vector<std::string> paths;
    if (job.log.target != core::LogTarget::file) {
        return paths;
    }
    for (std::uint32_t i = 0; i < job.instances; ++i) {
        const core::InstanceName instance{job.name, job.first_instance + i};
        std::string path = core::log_name(job, instance, false);
        // Without %i all instances write the file of the first.
        if (!paths.empty() && path == paths.front()) {
            break;
        }
        paths.push_back(std::move(path));
        if (job.program.separate_stderr) {
            paths.push_back(core::log_name(job, instance, true));
        }
    }
    return paths;
}

/// The files that are spoken for, and by which job. Only the texts of paths are compared: the log
/// folder is not known here, so a file in it and the same file by its absolute path are two.
class LogFiles {
  public:
    explicit LogFiles(const core::Settings& settings) {
        add(std::string(own_log_name), "");
        if (settings.log.file) {
            add(*settings.log.file, "");
        }
    }

    [[nodiscard]] std::optional<TextMistake> mistake(const std::vector<std::string>& paths,
                                                     const std::string& job) const {
        for (const std::string& path : paths) {
            if (auto message = clash(path, job); !message.empty()) {
                return TextMistake{std::move(message),
                                   "give the job another log.path, such as \"%n.log\""};
            }
        }
        return std::nullopt;
    }
    void add(const std::string& path, const std::string& job) {
        writers_.emplace(path, job);
        if (std::string base = rotated_from(path); !base.empty()) {
            rotated_like_.emplace(std::move(base), path);
        }
    }

  private:
    [[nodiscard]] std::string clash(const std::string& path, const std::string& job) const {
        if (const auto writer = writers_.find(path); is_other(writer, job)) {
            return words_for(writer->second) + " the log " + in_quotes(path) + " already";
        }
        const auto writer_of_base = writers_.find(rotated_from(path));
        if (is_other(writer_of_base, job)) {
            return words_for(writer_of_base->second) + " the log " +
                   in_quotes(writer_of_base->first) + ", of which " + in_quotes(path) +
                   " would be a rotated file";
        }
        const auto rotated = rotated_like_.find(path);
        const auto writer_of_rotated =
            rotated == rotated_like_.end() ? writers_.end() : writers_.find(rotated->second);
        if (is_other(writer_of_rotated, job)) {
            return words_for(writer_of_rotated->second) + " the log " +
                   in_quotes(writer_of_rotated->first) + ", which would be a rotated file of " +
                   in_quotes(path);
        }
        return "";
    }

    using Writers = std::unordered_map<std::string, std::string>;
    [[nodiscard]] bool is_other(Writers::const_iterator writer, const std::string& job) const {
        return writer != writers_.end() && writer->second != job;
    }
    [[nodiscard]] static std::string words_for(const std::string& writer) {
        return writer.empty() ? "respawnd itself writes" : "job " + in_quotes(writer) + " writes";
    }

    Writers writers_;  ///< path -> job; the daemon's own files have none
    std::unordered_map<std::string, std::string> rotated_like_;  ///< rotated_from(path) -> path
};

}  // namespace

void check_job_set(ReadJobs& jobs, const core::Settings& settings, const JobNames& in_force) {
    Counts counts;
    LogFiles files(settings);
    for (const auto& [name, job] : in_order(jobs, in_force)) {
        const core::JobDefinition& definition = *job->definition;
        // In this order, so that no more paths are made than there may be instances.
        auto mistake = counts.mistake(definition, settings);
        const bool runs = in_force.contains(*name);
        const auto paths = mistake && !runs ? std::vector<std::string>() : log_paths(definition);
        if (!mistake) {
            mistake = files.mistake(paths, *name);
        }
        // A job in force goes on writing its files even where the settings now allow less.
        if (!mistake || runs) {
            for (const std::string& path : paths) {
                files.add(path, *name);
            }
        }
        if (mistake) {
            refuse(*job, *std::move(mistake));
        } else {
            counts.add(definition);
        }
    }
}

}  // namespace respawnd::config
