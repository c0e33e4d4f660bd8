#include "daemon/runs.h"

#include <algorithm>
#include <csignal>

#include "core/duration_words.h"
#include "core/signal_name.h"
#include "platform/process_facts.h"

namespace respawnd::daemon {
namespace {

using core::Generation;
using core::InstanceId;
using core::Result;
namespace event = core::event;

/// What a tag of the process watch says: whose descriptor it is.
enum class Watched : std::uint32_t { main_end, main_outcome, command_end };

constexpr std::uint64_t tag_of(Watched what, InstanceId id) {
    constexpr int bits_of_an_id = 32;
    return static_cast<std::uint64_t>(what) << bits_of_an_id | id;
}

/// Starts in one turn of the loop; a start takes some 50 us, and a turn is to stay below 5 ms.
constexpr std::uint32_t most_launches_in_a_turn = 48;
/// Children between clone and exec: beyond that the daemon only outpaces the machine, and the plans
/// of all of them are in memory at once. Some may hang before exec, so others go on without them
/// after a short while.
constexpr std::uint32_t most_pending_execs = 32;
constexpr core::Duration waits_for_execs = std::chrono::milliseconds(10);
/// A turn of the loop between the attempts to end what forks faster than it is killed.
constexpr core::Duration kills_again_after = std::chrono::milliseconds(5);

bool is_lack_of_resources(int number) {
    return number == EAGAIN || number == ENOMEM || number == EMFILE || number == ENFILE ||
           number == ENOSPC;
}

/// The failure, and what to do about it where the kernel's words do not say it.
std::string advised(const core::Error& error) {
    return error.number == EMFILE
               ? error.text() +
                     " (the limit of respawnd itself: LimitNOFILE= of its unit, or ulimit -n)"
               : error.text();
}

}  // namespace

Runs::Runs(platform::EventLoop& loop, OwnLog& log, core::Fleet& fleet, Loggers& loggers,
           OwnProcesses& own_processes, Bases bases, Post post, platform::ProcessWatch watch)
    : loop_(loop),
      log_(log),
      fleet_(fleet),
      loggers_(loggers),
      own_processes_(own_processes),
      bases_(std::move(bases)),
      post_(std::move(post)),
      watch_(std::move(watch)),
      orphans_(own_processes),
      requests_(loop, own_processes,
                [this](InstanceId id, Generation generation, const Known& known) {
                    answered_later(id, generation, known);
                }) {}

Result<std::unique_ptr<Runs>> Runs::make(platform::EventLoop& loop, OwnLog& log, core::Fleet& fleet,
                                         Loggers& loggers, OwnProcesses& own_processes, Bases bases,
                                         Post post) {
    auto watch = platform::ProcessWatch::make();
    if (!watch) {
        return std::unexpected(std::move(watch).error());
    }
    std::unique_ptr<Runs> runs(new Runs(loop, log, fleet, loggers, own_processes, std::move(bases),
                                        std::move(post), std::move(*watch)));
    if (auto added = runs->add_sources(); !added) {
        return std::unexpected(std::move(added).error());
    }
    return runs;
}

Result<void> Runs::add_sources() {
    using platform::Priority;
    auto ready = loop_.add_readable(watch_.fd(), Priority::processes, [this] { serve_ready(); });
    auto child_signal = loop_.add_signal(SIGCHLD, Priority::orphans, [this] { sweep_orphans(); });
    auto more = loop_.add_deferred(Priority::rest_of_work, [this] { launch_waiting(); });
    auto anyway = loop_.add_timer(Priority::rest_of_work, [this] { launch_some_waiting(); });
    auto again = loop_.add_timer(Priority::rest_of_work, [this] { kill_outrun(); });
    for (auto* source : {&ready, &child_signal, &more, &anyway, &again}) {
        if (!*source) {
            return std::unexpected(std::move(*source).error());
        }
    }
    ready_ = std::move(*ready);
    child_signal_ = std::move(*child_signal);
    more_launches_ = std::move(*more);
    launches_anyway_ = std::move(*anyway);
    again_ = std::move(*again);
    return {};
}

Run& Runs::run_of(InstanceId id) {
    if (id >= runs_.size()) {
        runs_.resize(id + 1);
    }
    if (runs_[id] == nullptr) {
        runs_[id] = std::make_unique<Run>();
    }
    return *runs_[id];
}

bool Runs::is_current(InstanceId id, Generation generation) const {
    return id < runs_.size() && runs_[id] != nullptr && runs_[id]->generation == generation;
}

// ---- starting ------------------------------------------------------------------------------

void Runs::launch(InstanceId id, Generation generation) {
    Run& run = run_of(id);
    run = Run{};
    run.generation = generation;
    if (turn_ != loop_.now()) {
        turn_ = loop_.now();
        launches_in_turn_ = 0;
    }
    const bool must_wait = launches_in_turn_ >= most_launches_in_a_turn ||
                           pending_execs_ >= most_pending_execs || !waiting_launches_.empty();
    if (must_wait) {
        waiting_launches_.emplace_back(id, generation);
        more_launches_.trigger();
        return;
    }
    ++launches_in_turn_;
    look_up_and_spawn(id, generation);
}

void Runs::look_up_and_spawn(InstanceId id, Generation generation) {
    if (auto known = requests_.ask(id, generation, *fleet_.at(id).definition)) {
        answered(id, generation, *known);
    }
}

void Runs::launch_waiting() {
    if (waiting_launches_.empty()) {
        return;
    }
    if (pending_execs_ < most_pending_execs) {
        launch_some_waiting();
    } else {
        launches_anyway_.set_deadline(core::after(loop_.now(), waits_for_execs));
    }
}

void Runs::launch_some_waiting() {
    launches_anyway_.set_deadline(core::no_deadline);
    for (std::uint32_t i = 0; i < most_pending_execs && !waiting_launches_.empty(); ++i) {
        const auto [id, generation] = waiting_launches_.front();
        waiting_launches_.pop_front();
        if (is_current(id, generation)) {
            look_up_and_spawn(id, generation);
        }
    }
    if (!waiting_launches_.empty()) {
        more_launches_.trigger();
    }
}

/// The news about the exec is here, or nobody waits for it any more.
void Runs::end_pending_exec(Run& run) {
    run.pending.reset();
    --pending_execs_;
    if (!waiting_launches_.empty()) {
        more_launches_.trigger();
    }
}

void Runs::abandon(InstanceId id, Generation generation) {
    if (is_current(id, generation)) {
        requests_.cancel(generation);
        runs_[id].reset();
    }
}

/// One look-up may answer a thousand starts at once. They get in line again, where the answer,
/// which is kept, is at hand; those with environment files come one by one.
void Runs::answered_later(InstanceId id, Generation generation, const Known& known) {
    const bool gets_in_line = known && is_current(id, generation) &&
                              !runs_[id]->wants_stop_command &&
                              pending_execs_ >= most_pending_execs &&
                              fleet_.at(id).definition->program.environment_file.empty();
    if (gets_in_line) {
        waiting_launches_.emplace_back(id, generation);
        more_launches_.trigger();
    } else {
        answered(id, generation, known);
    }
}

void Runs::answered(InstanceId id, Generation generation, const Known& known) {
    if (!is_current(id, generation)) {
        return;
    }
    if (runs_[id]->wants_stop_command) {
        spawn_stop_command(id, known);
    } else if (!known) {
        fail_start(id, advised(known.error()), is_lack_of_resources(known.error().number));
    } else {
        spawn(id, *known);
    }
}

void Runs::fail_start(InstanceId id, const std::string& reason, bool lack_of_resources) {
    const Generation generation = runs_[id]->generation;
    loggers_.run_ended(generation, "could not be started: " + reason);
    drop(id);
    post_(id, event::StartFailed{generation, reason, lack_of_resources});
}

void Runs::spawn(InstanceId id, const platform::StartLookupAnswer& known) {
    const core::Member& member = fleet_.at(id);
    Run& run = *runs_[id];
    auto request =
        child_request(member, run.generation, member.definition->program.command, known, bases_);
    if (!request) {
        return fail_start(id, advised(request.error()),
                          is_lack_of_resources(request.error().number));
    }
    request->timer_slack = core::slack_of(id);
    JobOutput output;
    if (member.definition->program.has_output) {
        auto opened = loggers_.open(member, run.generation, known);
        if (!opened) {
            return fail_start(id, advised(opened.error()),
                              is_lack_of_resources(opened.error().number));
        }
        output = std::move(*opened);
        run.has_output = true;
        request->output = output.output.get();
        request->error = output.error.get();
    }
    auto child = platform::start_child(platform::ChildPlan::make(std::move(*request)));
    if (!child) {
        return fail_start(id, advised(child.error()), is_lack_of_resources(child.error().number));
    }
    run.since = loop_.now();
    run.main = std::move(child->process);
    run.session = run.main.pid();
    own_processes_.watched.insert(run.session);
    orphans_.add_run(id, run.generation, run.session);
    const int outcome = child->outcome.get();
    run.pending = std::make_unique<PendingExec>(PendingExec{std::move(*child), {}});
    ++pending_execs_;
    auto watched = watch_.add(run.main.pidfd(), tag_of(Watched::main_end, id));
    if (watched) {
        watched = watch_.add(outcome, tag_of(Watched::main_outcome, id));
    }
    if (!watched) {
        // A process that cannot be seen to end must not run.
        (void)run.main.signal(SIGKILL);
        own_processes_.dismiss(run.session);
        return fail_start(id, advised(watched.error()), true);
    }
    post_(id, event::Spawned{run.generation, run.session});
}

// ---- what happens to processes -----------------------------------------------------------------

void Runs::serve_ready() {
    constexpr std::uint64_t id_mask = 0xffffffff;
    constexpr int bits_of_an_id = 32;
    std::vector<std::uint64_t> tags;
    const auto ready = watch_.ready();
    tags.assign(ready.begin(), ready.end());
    const auto for_all = [&](Watched what, auto act) {
        for (const std::uint64_t tag : tags) {
            const auto id = static_cast<InstanceId>(tag & id_mask);
            const bool is_there = id < runs_.size() && runs_[id] != nullptr;
            if (is_there && static_cast<Watched>(tag >> bits_of_an_id) == what) {
                act(id);
            }
        }
    };
    // A start that failed and one that ended at once look alike without the outcome.
    for_all(Watched::main_outcome, [&](InstanceId id) { read_outcome(id); });
    std::vector<std::pair<InstanceId, core::ExitStatus>> ended;
    for_all(Watched::main_end, [&](InstanceId id) { main_ended(id, ended); });
    for_all(Watched::command_end, [&](InstanceId id) { stop_command_ended(id); });
    if (!ended.empty()) {
        tell_ends(ended);
    }
    // In a storm of crashes there is always an end to serve. Every other one waits for whatever
    // else is there: signals to the daemon, the folder, the logger, the watchdog.
    lets_others_go_first_ = !lets_others_go_first_;
    ready_.set_priority(lets_others_go_first_ ? platform::Priority::orphans
                                              : platform::Priority::processes);
}

void Runs::read_outcome(InstanceId id) {
    Run& run = *runs_[id];
    if (run.pending == nullptr || !run.pending->child.outcome) {
        return;
    }
    const int fd = run.pending->child.outcome.get();
    // Other children may hold a copy of the descriptor until they exec, and a closed descriptor
    // that somebody holds stays in the set.
    watch_.remove(fd);
    const auto outcome = run.pending->child.read_outcome();
    if (!outcome) {
        (void)watch_.add(fd, tag_of(Watched::main_outcome, id));
        return;
    }
    if (std::holds_alternative<platform::Executed>(*outcome)) {
        end_pending_exec(run);
        post_(id, event::Executed{run.generation});
        return;
    }
    if (const auto* failed = std::get_if<platform::FailedStart>(&*outcome)) {
        run.pending->failure = platform::describe(*failed);
    } else {
        run.pending->failure = "killed before it could run its program";
    }
}

void Runs::main_ended(InstanceId id, std::vector<std::pair<InstanceId, core::ExitStatus>>& ended) {
    read_outcome(id);
    Run& run = *runs_[id];
    if (!run.main) {
        return;
    }
    watch_.remove(run.main.pidfd());
    const auto status = run.main.reap();
    if (!status) {
        (void)watch_.add(run.main.pidfd(), tag_of(Watched::main_end, id));
        return;
    }
    own_processes_.watched.erase(run.main.pid());
    run.main = {};
    if (run.pending != nullptr) {
        const std::string failure = run.pending->failure;
        fail_start(id, failure, false);
    } else {
        ended.emplace_back(id, *status);
    }
}

void Runs::tell_ends(const std::vector<std::pair<InstanceId, core::ExitStatus>>& ended) {
    std::vector<InstanceId> ids;
    std::ranges::transform(ended, std::back_inserter(ids),
                           [](const auto& end) { return end.first; });
    orphans_.sweep(ids);
    for (const auto& [id, status] : ended) {
        const Generation generation = runs_[id]->generation;
        if (runs_[id]->has_output) {
            const bool tells = fleet_.at(id).definition->log.events;
            loggers_.run_ended(generation, tells
                                               ? core::words(status) + " after " +
                                                     core::in_words(loop_.now() - runs_[id]->since)
                                               : "");
        }
        auto left_behind = orphans_.left_behind(id);
        if (left_behind) {
            resting_.insert(id);
        } else {
            drop(id);
        }
        post_(id, event::MainEnded{generation, status, std::move(left_behind)});
    }
    tell_rests();
}

void Runs::drop(InstanceId id) {
    Run& run = *runs_[id];
    if (run.session != 0) {
        orphans_.remove_run(id, run.generation);
    }
    if (run.pending != nullptr) {
        if (run.pending->child.outcome) {
            watch_.remove(run.pending->child.outcome.get());
        }
        end_pending_exec(run);
    }
    if (run.stop_command != nullptr) {
        watch_.remove(run.stop_command->process.pidfd());
        (void)run.stop_command->process.signal(SIGKILL);
        own_processes_.dismiss(run.stop_command->process.pid());
    }
    requests_.cancel(run.generation);
    resting_.erase(id);
    outrun_.erase(id);
    runs_[id].reset();
}

void Runs::sweep_orphans() {
    orphans_.sweep({});
    tell_rests();
}

void Runs::tell_rests() {
    std::vector<InstanceId> gone;
    std::ranges::copy_if(resting_, std::back_inserter(gone),
                         [&](InstanceId id) { return !orphans_.left_behind(id); });
    for (const InstanceId id : gone) {
        const Generation generation = runs_[id]->generation;
        drop(id);
        post_(id, event::RestGone{generation});
    }
}

// ---- stopping ------------------------------------------------------------------------------

void Runs::signal_main(InstanceId id, int signal) {
    const Run& run = run_of(id);
    if (run.main && run.main.signal(signal)) {
        // A stopped process does not see any signal but SIGKILL until it goes on.
        (void)run.main.signal(SIGCONT);
    }
}

Members Runs::members_of(InstanceId id) {
    return {orphans_, id, runs_[id]->main ? runs_[id]->main.pid() : 0};
}

void Runs::signal_all(InstanceId id, int signal) {
    if (id >= runs_.size() || runs_[id] == nullptr) {
        return;
    }
    if (runs_[id]->stop_command != nullptr && signal == SIGKILL) {
        (void)runs_[id]->stop_command->process.signal(SIGKILL);
    }
    if (!members_of(id).signal(signal) && signal == SIGKILL) {
        outrun_.insert(id);
        kill_outrun();
    }
}

void Runs::kill_outrun() {
    std::erase_if(outrun_, [&](InstanceId id) { return members_of(id).stop_and_kill(); });
    again_.set_deadline(outrun_.empty() ? core::no_deadline
                                        : core::after(loop_.now(), kills_again_after));
}

void Runs::run_stop_command(InstanceId id) {
    Run& run = run_of(id);
    run.wants_stop_command = true;
    if (auto known = requests_.ask(id, run.generation, *fleet_.at(id).definition)) {
        answered(id, run.generation, *known);
    }
}

void Runs::spawn_stop_command(InstanceId id, const Known& known) {
    Run& run = *runs_[id];
    run.wants_stop_command = false;
    const auto failed = [&](const std::string& words) {
        post_(id, event::StopCommandEnded{run.generation, false, "could not be run: " + words});
    };
    if (!known) {
        return failed(known.error().text());
    }
    const core::Member& member = fleet_.at(id);
    auto request =
        child_request(member, run.generation, member.definition->stop.command, *known, bases_);
    if (!request) {
        return failed(request.error().text());
    }
    request->timer_slack = core::slack_of(id);
    request->environment.push_back("MAINPID=" + std::to_string(run.session));
    JobOutput output;
    if (run.has_output) {
        if (auto ends = loggers_.job_ends(run.generation)) {
            output = std::move(*ends);
            request->output = output.output.get();
            request->error = output.error.get();
        }
    }
    auto child = platform::start_child(platform::ChildPlan::make(std::move(*request)));
    if (!child) {
        return failed(child.error().text());
    }
    auto command = std::make_unique<StopCommand>();
    command->process = std::move(child->process);
    command->pending = std::make_unique<PendingExec>(PendingExec{std::move(*child), {}});
    own_processes_.watched.insert(command->process.pid());
    if (auto watched = watch_.add(command->process.pidfd(), tag_of(Watched::command_end, id));
        !watched) {
        (void)command->process.signal(SIGKILL);
        own_processes_.dismiss(command->process.pid());
        return failed(watched.error().text());
    }
    run.stop_command = std::move(command);
}

void Runs::stop_command_ended(InstanceId id) {
    Run& run = *runs_[id];
    if (run.stop_command == nullptr) {
        return;
    }
    watch_.remove(run.stop_command->process.pidfd());
    const auto status = run.stop_command->process.reap();
    if (!status) {
        (void)watch_.add(run.stop_command->process.pidfd(), tag_of(Watched::command_end, id));
        return;
    }
    own_processes_.watched.erase(run.stop_command->process.pid());
    std::string ended = core::words(*status);
    if (const auto outcome = run.stop_command->pending->child.read_outcome()) {
        if (const auto* failed = std::get_if<platform::FailedStart>(&*outcome)) {
            ended = "could not be run: " + platform::describe(*failed);
        }
    }
    run.stop_command.reset();
    const bool succeeded = *status == core::ExitStatus{core::ExitStatus::Kind::exited, 0};
    post_(id, event::StopCommandEnded{run.generation, succeeded, ended});
}

void Runs::report_survivors(InstanceId id) {
    if (id >= runs_.size() || runs_[id] == nullptr) {
        return;
    }
    if (const std::string survivors = members_of(id).survivors(); !survivors.empty()) {
        log_.error(fleet_.at(id).full_name() + ": " + survivors);
    }
}

void Runs::outputs_changed() {
    for (InstanceId id = 0; id < runs_.size(); ++id) {
        if (runs_[id] != nullptr && runs_[id]->has_output && fleet_.has(id)) {
            loggers_.change(fleet_.at(id), runs_[id]->generation);
        }
    }
}

void Runs::kill_strays() {
    orphans_.sweep({});
    for (const pid_t pid : orphans_.all()) {
        if (const auto process = platform::ProcessHandle::open(pid)) {
            (void)process->signal(SIGKILL);
        }
    }
}

}  // namespace respawnd::daemon
