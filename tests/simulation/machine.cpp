#include "simulation/machine.h"

#include <algorithm>

namespace respawnd::simulation {
namespace {

using namespace std::chrono_literals;
using core::Duration;
using core::ExitStatus;
using core::Generation;
namespace event = core::event;
namespace action = core::action;

constexpr int signal_kill = 9;

}  // namespace

void Machine::send(Generation generation, core::Event event) {
    inbox_.push_back({runs_.at(generation).id,
                      [event = std::move(event)] { return std::optional<core::Event>(event); }});
}

void Machine::let_happen() {
    while (!facts_.empty() && facts_.begin()->first <= now) {
        const auto fact = std::move(facts_.begin()->second);
        facts_.erase(facts_.begin());
        fact();
    }
}

void Machine::perform(core::InstanceId id, const core::Member& member, const core::Action& action) {
    const Generation generation = core::generation_of(member.instance.state);
    if (const auto* launch = std::get_if<action::Launch>(&action)) {
        perform_one(id, member, *launch);
    } else if (const auto* abandoned = std::get_if<action::AbandonLaunch>(&action)) {
        abandon(abandoned->generation);
    } else if (const auto* main = std::get_if<action::SignalMain>(&action)) {
        signal(runs_.at(generation).main, main->signal);
    } else if (const auto* all = std::get_if<action::SignalAll>(&action)) {
        for (const std::int32_t pid : processes_.of_run(generation)) {
            signal(pid, all->signal);
        }
    } else if (std::holds_alternative<action::RunStopCommand>(action)) {
        run_stop_command(id, generation);
    }
}

void Machine::perform_one(core::InstanceId id, const core::Member& member,
                          const action::Launch& launch) {
    const Generation generation = launch.generation;
    runs_.emplace(generation, Run{id, member.instance.name, member.definition});
    const auto look = [this, generation]() -> std::optional<core::Event> {
        if (runs_.at(generation).is_abandoned) {
            return std::nullopt;
        }
        return spawn(generation);
    };
    if (dice_.chance(faults_.lookup_hangs)) {
        return;
    }
    if (dice_.chance(faults_.lookup_is_slow)) {
        at(now + dice_.up_to(3s), [this, id, look] { inbox_.push_back({id, look}); });
        return;
    }
    answers_.push_back({id, look});
}

void Machine::abandon(Generation generation) {
    runs_.at(generation).is_abandoned = true;
    if (dice_.chance(faults_.late_answer)) {
        at(now + dice_.up_to(1s), [this, generation] {
            send(generation, event::StartFailed{generation, "user \"www\" does not exist"});
        });
    }
}

void Machine::tell_stop_command(core::InstanceId id, Generation generation, bool succeeds,
                                const std::string& words) {
    answers_.push_back({id, [generation, succeeds, words] {
                            return event::StopCommandEnded{generation, succeeds, words};
                        }});
}

void Machine::run_stop_command(core::InstanceId id, Generation generation) {
    if (dice_.chance(faults_.stop_command_fails)) {
        tell_stop_command(id, generation, false, "could not be started: no more processes");
        return;
    }
    const bool hangs = dice_.chance(faults_.stop_command_hangs);
    const bool succeeds = !dice_.chance(faults_.stop_command_fails);
    const bool ends_main = dice_.chance(0.5);
    at(now + dice_.up_to(hangs ? 60s : 1s), [this, generation, succeeds, ends_main] {
        send(generation,
             event::StopCommandEnded{generation, succeeds, succeeds ? "exited 0" : "exited 7"});
        if (ends_main) {
            signal(runs_.at(generation).main, 15);
        }
    });
}

core::Event Machine::spawn(Generation generation) {
    Run& run = runs_.at(generation);
    if (dice_.chance(faults_.resources_lack)) {
        return event::StartFailed{generation, "no more processes", true};
    }
    if (dice_.chance(faults_.spawn_fails)) {
        return event::StartFailed{generation, "user \"www\" does not exist"};
    }
    for (const auto& promise : promises_) {
        promise->spawning(run.name, processes_);
    }
    Process process = any_process(generation);
    process.is_main = true;
    run.main = processes_.add(process);
    begin_program(generation, run.main);
    return event::Spawned{generation, run.main};
}

Process Machine::any_process(Generation generation) {
    Process process{.owner = runs_.at(generation).name, .generation = generation};
    process.ignores_signal = dice_.chance(faults_.ignores_signal);
    process.reaction = dice_.one_of<Duration>({0us, 50us, 20ms, 1s});
    if (dice_.chance(faults_.refuses_kill)) {
        process.unkillable_until = now + dice_.up_to(40s);
    }
    process.answer = dice_.chance(0.5) ? ExitStatus{ExitStatus::Kind::exited, 0}
                                       : ExitStatus{ExitStatus::Kind::signalled, 15};
    return process;
}

void Machine::begin_program(Generation generation, std::int32_t pid) {
    if (dice_.chance(faults_.exec_hangs)) {
        hang_before_exec(generation, pid);
        return;
    }
    const bool fails = dice_.chance(faults_.exec_fails);
    at(now + dice_.up_to(3ms), [this, generation, pid, fails] {
        Process* process = processes_.find(pid);
        if (process == nullptr || process->is_signalled) {
            return;  // a signal that waits ends it before it gets here
        }
        if (fails) {
            processes_.remove(pid);
            send(generation, event::StartFailed{generation, "/srv/x: permission denied"});
            return;
        }
        process->has_executed = true;
        send(generation, event::Executed{generation});
        choose_end(generation, pid);
    });
}

/// On a disk that does not answer: even SIGKILL waits until the disk is back.
void Machine::hang_before_exec(Generation generation, std::int32_t pid) {
    const core::Instant until = now + dice_.up_to(40s);
    if (dice_.chance(0.7)) {
        processes_.find(pid)->unkillable_until = until;
    }
    const bool gets_through = dice_.chance(0.7);
    at(until, [this, generation, pid, gets_through] {
        Process* process = processes_.find(pid);
        if (process == nullptr || !gets_through) {
            return;
        }
        process->has_executed = true;
        send(generation, event::Executed{generation});
        if (!process->is_signalled) {
            choose_end(generation, pid);
        }  // else the signal that waits ends it before its first instruction
    });
}

ExitStatus Machine::any_status() {
    using Kind = ExitStatus::Kind;
    if (dice_.chance(faults_.ends_well)) {
        return {Kind::exited, 0};
    }
    return dice_.one_of<ExitStatus>({{Kind::exited, 1},
                                     {Kind::exited, 3},
                                     {Kind::exited, 64},
                                     {Kind::signalled, 9},
                                     {Kind::signalled, 11, true},
                                     {Kind::signalled, 6},
                                     {Kind::unknown, 0}});
}

void Machine::choose_end(Generation generation, std::int32_t pid) {
    if (is_well_) {
        return;
    }
    const bool forks_itself = dice_.chance(faults_.forks_itself);
    add_children(generation, forks_itself);
    Duration lives = Duration::max();
    if (forks_itself) {
        lives = dice_.up_to(1s);
    } else if (dice_.chance(faults_.dies_at_once)) {
        lives = dice_.up_to(5ms);
    } else if (dice_.chance(faults_.dies_soon)) {
        lives = dice_.up_to(3s);
    } else if (dice_.chance(faults_.dies_later)) {
        lives = dice_.up_to(60s);
    }
    if (lives == Duration::max()) {
        return;
    }
    const ExitStatus status = forks_itself ? ExitStatus{ExitStatus::Kind::exited, 0} : any_status();
    at(now + lives, [this, pid, status] {
        if (!is_well_) {
            die(pid, status);
        }
    });
}

void Machine::add_children(Generation generation, bool forks_itself) {
    if (!forks_itself && !dice_.chance(faults_.has_children)) {
        return;
    }
    for (std::uint32_t count = 1 + dice_.below(3); count > 0; --count) {
        const std::int32_t pid = processes_.add(any_process(generation));
        if (dice_.chance(0.5)) {
            at(now + dice_.up_to(20s), [this, pid] { die(pid, {}); });
        }
    }
}

void Machine::signal(std::int32_t pid, int number) {
    Process* process = processes_.find(pid);
    if (process == nullptr) {
        return;
    }
    process->is_signalled = true;
    if (number == signal_kill) {
        at(std::max(now, process->unkillable_until),
           [this, pid] { die(pid, {ExitStatus::Kind::signalled, signal_kill}); });
    } else if (!process->has_executed && process->is_main) {
        // No handler is set before exec.
        at(std::max(now, process->unkillable_until),
           [this, pid, number] { die(pid, {ExitStatus::Kind::signalled, number}); });
    } else if (!process->ignores_signal) {
        at(std::max(now + process->reaction, process->unkillable_until),
           [this, pid, status = process->answer] { die(pid, status); });
    }
}

void Machine::die(std::int32_t pid, ExitStatus status) {
    const Process* found = processes_.find(pid);
    if (found == nullptr) {
        return;
    }
    const Process process = *found;
    processes_.remove(pid);
    const Run& run = runs_.at(process.generation);
    const Generation generation = process.generation;
    if (process.is_main && !process.has_executed) {
        send(generation, event::StartFailed{generation, words(status) + " before it began"});
    } else if (process.is_main) {
        inbox_.push_back(
            {run.id, [this, generation, status] { return main_ended(generation, status); }});
    } else if (run.end_is_told && processes_.of_run(generation).empty()) {
        send(generation, event::RestGone{generation});
    }
}

/// What is left is judged in the daemon's turn, not when the main process ended.
std::optional<core::Event> Machine::main_ended(Generation generation, ExitStatus status) {
    const auto rest = processes_.of_run(generation);
    event::MainEnded ended{generation, status, std::nullopt};
    if (!rest.empty()) {
        runs_.at(generation).end_is_told = true;
        ended.left_behind =
            core::LeftBehind{static_cast<std::uint32_t>(rest.size()), rest.front(), "sleep 99"};
    }
    return ended;
}

void Machine::heal() {
    is_well_ = true;
    faults_ = Faults{};
    for (auto& [pid, process] : processes_.all()) {
        process.ignores_signal = false;
        if (process.is_signalled) {
            at(std::max(now, process.unkillable_until),
               [this, dying = pid] { die(dying, {ExitStatus::Kind::signalled, 15}); });
        }
    }
}

std::shared_ptr<const core::JobDefinition> Machine::definition_of(Generation generation) const {
    return runs_.at(generation).definition;
}

}  // namespace respawnd::simulation
