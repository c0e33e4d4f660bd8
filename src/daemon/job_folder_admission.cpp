#include "daemon/job_folder_admission.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "config/job_set_rules.h"

namespace respawnd::daemon {
namespace {

struct Sums {
    std::uint64_t jobs = 0;
    std::uint64_t instances = 0;
    bool names_logs = false;

    void add(const core::JobDefinition& job) {
        ++jobs;
        instances += job.instances;
        names_logs |= job.log.path.has_value() || job.program.separate_stderr;
    }
};

/// True when no rule can be broken: counts are low and every log has its job's name.
bool is_plainly_good(const Newcomers& newcomers, const core::DefinitionSet& others,
                     const core::Settings& settings) {
    Sums sums;
    for (const auto& [name, newcomer] : newcomers) {
        sums.add(*newcomer.definition);
    }
    for (const auto& [name, definition] : others) {
        if (!newcomers.contains(name)) {
            sums.add(*definition);
        }
    }
    return sums.jobs <= settings.max_jobs && sums.instances <= settings.max_instances &&
           !sums.names_logs;
}

/// As much of a definition as the rules look at.
config::ReadJob outline_of(const core::JobDefinition& job, config::Diagnostic place) {
    core::JobDefinition outline;
    outline.name = job.name;
    outline.instances = job.instances;
    outline.first_instance = job.first_instance;
    outline.log = job.log;
    outline.program.separate_stderr = job.program.separate_stderr;
    return {
        .definition = std::move(outline), .diagnostics = {}, .instances_place = std::move(place)};
}

}  // namespace

std::map<std::string, std::vector<config::Diagnostic>> refused(const Newcomers& newcomers,
                                                               const core::DefinitionSet& others,
                                                               const core::Settings& settings) {
    std::map<std::string, std::vector<config::Diagnostic>> result;
    if (is_plainly_good(newcomers, others, settings)) {
        return result;
    }
    config::ReadJobs jobs;
    config::JobNames in_force;
    for (const auto& [name, newcomer] : newcomers) {
        jobs.emplace(name, outline_of(*newcomer.definition, newcomer.instances_place));
    }
    for (const auto& [name, definition] : others) {
        if (!newcomers.contains(name)) {
            jobs.emplace(name, outline_of(*definition, {}));
            in_force.insert(name);
        }
    }
    config::check_job_set(jobs, settings, in_force);
    for (auto& [name, job] : jobs) {
        if (!job.definition && newcomers.contains(name)) {
            result.emplace(name, std::move(job.diagnostics));
        }
    }
    return result;
}

}  // namespace respawnd::daemon
