#include "simulation/folder.h"

namespace respawnd::simulation {

using namespace std::chrono_literals;
using core::Duration;

void Folder::choose_restart(core::RestartSettings& restart) {
    using core::EndMatch;
    using core::RestartPolicy;
    restart.policy = dice_.one_of({RestartPolicy::always, RestartPolicy::on_failure,
                                   RestartPolicy::on_failure, RestartPolicy::never});
    restart.delay = dice_.one_of<Duration>({0s, 0s, 50ms, 3s});
    restart.backoff = dice_.one_of<Duration>({0s, 1ms, 100ms, 1s});
    restart.max_backoff = dice_.one_of<Duration>({500ms, 5s, 20s});
    restart.multiplier = dice_.one_of({1.0, 2.0, 10.0});
    restart.jitter = dice_.one_of({0.0, 0.1, 0.5});
    restart.reset_after = dice_.one_of<Duration>({0s, 1s, 10s});
    restart.limit = dice_.one_of({0U, 0U, 1U, 3U, 8U});
    restart.window = dice_.one_of<Duration>({1s, 20s, 10min, core::infinite});
    if (dice_.chance(0.3)) {
        restart.retry_after = dice_.one_of<Duration>({0s, 2s, 30s});
    }
    if (dice_.chance(0.3)) {
        restart.success.push_back({EndMatch::Kind::exit_code, 3});
        restart.success.push_back({EndMatch::Kind::signal, 11});
    }
    if (dice_.chance(0.3)) {
        restart.fatal = {{EndMatch::Kind::exit_code, 64}, {EndMatch::Kind::signal, 6}};
    }
}

void Folder::choose_stop(core::StopSettings& stop) {
    stop.signal = dice_.one_of({15, 15, 1, 2});
    stop.timeout = dice_.one_of<Duration>({0s, 100ms, 2s, 10s, 10s, core::infinite});
    stop.scope = dice_.one_of({core::StopScope::main, core::StopScope::all});
    if (dice_.chance(0.4)) {
        stop.command = {"/bin/stop"};
    }
}

Folder::Job Folder::any_job(const std::string& name) {
    auto job = std::make_shared<core::JobDefinition>();
    job->name = name;
    job->program.command = {"/bin/" + name};
    job->enabled = !dice_.chance(0.15);
    job->instances = dice_.one_of({1U, 1U, 2U, 3U});
    job->first_instance = dice_.one_of({1U, 1U, 0U});
    choose_restart(job->restart);
    choose_stop(job->stop);
    return job;
}

std::string Folder::add(const std::string& name) {
    jobs_[name] = any_job(name);
    return "adds " + name;
}

std::string Folder::change(const std::string& name) {
    auto job = std::make_shared<core::JobDefinition>(*jobs_[name]);
    std::string what;
    switch (dice_.below(8)) {
        case 0:
            what = "the program of ";
            job->program.nice = static_cast<int>(dice_.below(20));
            break;
        case 1:
            what = "the description of ";
            job->description += "x";
            break;
        case 2:
            what = "the restart of ";
            choose_restart(job->restart);
            break;
        case 3:
            what = "the stop of ";
            job->stop.command.clear();
            choose_stop(job->stop);
            break;
        case 4:
            what = "the instances of ";
            job->instances = 1 + dice_.below(4);
            break;
        case 5:
            what = "whether enabled is ";
            job->enabled = !job->enabled;
            break;
        case 6:
            what = "enabled and the program of ";
            job->enabled = !job->enabled;
            job->program.nice = static_cast<int>(dice_.below(20));
            break;
        default:
            what = "nothing in ";
            break;
    }
    jobs_[name] = job;
    return "changes " + what + name;
}

std::string Folder::edit() {
    const std::string name = dice_.one_of<const char*>({"a", "b", "c", "d"});
    if (!jobs_.contains(name)) {
        return add(name);
    }
    if (dice_.chance(0.2)) {
        jobs_.erase(name);
        return "removes " + name;
    }
    if (dice_.chance(0.1)) {
        const std::string other = dice_.one_of<const char*>({"a", "b", "c", "d"});
        auto job = std::make_shared<core::JobDefinition>(*jobs_[name]);
        job->name = other;
        jobs_.erase(name);
        jobs_[other] = job;
        return "renames " + name + " to " + other;
    }
    return change(name);
}

}  // namespace respawnd::simulation
