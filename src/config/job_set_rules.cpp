#include "config/job_set_rules.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "config/printable_text.h"
#include "core/placeholder.h"

namespace respawnd::config {
namespace {

void refuse(ReadJob& job, std::string message, std::string hint) {
    Diagnostic diagnostic = job.instances_place;
    diagnostic.message = std::move(message);
    diagnostic.hint = std::move(hint);
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

void check_counts(ReadJobs& jobs, const core::Settings& settings, const JobNames& in_force) {
    std::uint64_t job_count = 0;
    std::uint64_t instance_count = 0;
    for (const auto& [name, pointer] : in_order(jobs, in_force)) {
        ReadJob& job = *pointer;
        if (job_count + 1 > settings.max_jobs) {
            refuse(job,
                   "this is one job more than \"max_jobs\" allows (" +
                       std::to_string(settings.max_jobs) + ")",
                   "raise max_jobs in respawnd.toml");
            continue;
        }
        const std::uint64_t instances = job.definition->instances;
        if (instance_count + instances > settings.max_instances) {
            refuse(job,
                   "with " + std::to_string(instances) +
                       (instances == 1 ? " instance" : " instances") +
                       " of this job there are more than \"max_instances\" allows (" +
                       std::to_string(settings.max_instances) + ")",
                   "raise max_instances in respawnd.toml");
            continue;
        }
        ++job_count;
        instance_count += instances;
    }
}

/// The file that the job's first instance writes, as far as its definition tells; empty for none.
std::string log_path(const core::JobDefinition& job) {
    if (job.log.target != core::LogTarget::file) {
        return "";
    }
    const auto path = core::expand(job.log.path.value_or("%n.log"),
                                   {.job = job.name, .number = job.first_instance});
    return path.value_or("");
}

void check_logs(ReadJobs& jobs, const JobNames& in_force) {
    std::map<std::string, std::string> writers;
    for (const auto& [name, pointer] : in_order(jobs, in_force)) {
        ReadJob& job = *pointer;
        const std::string path = log_path(*job.definition);
        if (path.empty()) {
            continue;
        }
        const auto [writer, is_first] = writers.emplace(path, *name);
        if (!is_first) {
            refuse(job,
                   "job " + in_quotes(writer->second) + " writes the log " + in_quotes(path) +
                       " already",
                   "give one of the two another log.path");
        }
    }
}

}  // namespace

void check_job_set(ReadJobs& jobs, const core::Settings& settings, const JobNames& in_force) {
    check_logs(jobs, in_force);
    check_counts(jobs, settings, in_force);
}

}  // namespace respawnd::config
