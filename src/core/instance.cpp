#include "core/instance.h"

#include <utility>

#include "core/check.h"
#include "core/end_words.h"
#include "core/limits.h"
#include "core/signal_name.h"

namespace respawnd::core {
namespace {

using action::Tell;

template <class... Cases>
struct Table : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Table(Cases...) -> Table<Cases...>;

/// A cell of the table that cannot come about, by the promises of whoever makes the events.
void impossible() {
    RESPAWND_CHECK(!"an event that cannot come in this state");
}

void nothing() {}

/// One step. The visitors below replace the state that they were called with, always as the last
/// thing that they do.
class Stepper {
  public:
    Stepper(const JobDefinition& definition, Instance& instance, const Surroundings& surroundings,
            std::vector<Action>& actions)
        : definition_(definition),
          instance_(instance),
          surroundings_(surroundings),
          actions_(actions) {}

    void on(const event::StartWanted&) {
        instance_.is_wanted = true;
        begin_anew();
        std::visit(Table{[&](state::Stopped&) { launch(); }, [&](state::Starting&) { nothing(); },
                         [&](state::Running&) { nothing(); },
                         [&](state::Stopping& stopping) { then_start(stopping); },
                         [&](state::Backoff&) { launch(); }, [&](state::Finished&) { launch(); },
                         [&](state::Failed&) { launch(); }},
                   instance_.state);
    }

    void on(const event::DefinitionChanged& changed) {
        const bool program = changed.program;
        std::visit(
            Table{[&](state::Stopped&) { nothing(); },
                  [&](state::Starting& starting) { program ? restart_start(starting) : nothing(); },
                  [&](state::Running& running) { program ? restart_run(running) : tell_live(); },
                  [&](state::Stopping& stopping) {
                      const bool stays = !instance_.is_wanted || (!program && finishes(stopping));
                      stays ? nothing() : then_start(stopping);
                  },
                  [&](state::Backoff&) { relaunch(); },
                  [&](state::Finished&) {
                      program || is_restarted_after_any_end() ? relaunch() : tell_live();
                  },
                  [&](state::Failed&) { relaunch(); }},
            instance_.state);
    }

    void on(const event::StopWanted& wanted) {
        down(wanted.reason);
        std::visit(Table{[&](state::Stopped&) { stay_down(); },
                         [&](state::Starting& starting) { stop_start(starting); },
                         [&](state::Running& running) {
                             tell_stop();
                             stop(running.generation, running.since, {});
                         },
                         [&](state::Stopping& stopping) { stopping.then = {}; },
                         [&](state::Backoff&) { stay_down_and_tell(); },
                         [&](state::Finished&) { stay_down_and_tell(); },
                         [&](state::Failed&) { stay_down_and_tell(); }},
                   instance_.state);
    }

    void on(const event::KillWanted&) {
        std::visit(Table{[&](state::Stopped&) { nothing(); },
                         [&](state::Starting& starting) {
                             down(DownReason::by_operator);
                             starting.has_process ? kill_main(starting.generation, now(), {})
                                                  : stop_start(starting);
                         },
                         [&](state::Running& running) {
                             down(DownReason::by_operator);
                             tell_stop();
                             kill_main(running.generation, running.since, {});
                         },
                         [&](state::Stopping& stopping) {
                             stopping.is_killed ? nothing() : kill(stopping);
                         },
                         [&](state::Backoff&) { nothing(); }, [&](state::Finished&) { nothing(); },
                         [&](state::Failed&) { nothing(); }},
                   instance_.state);
    }

    void on(const event::Spawned& spawned) {
        std::visit(
            Table{[&](state::Stopped&) { impossible(); },
                  [&](state::Starting& starting) {
                      RESPAWND_CHECK(!starting.has_process);
                      starting.has_process = true;
                      starting.pid = spawned.pid;
                  },
                  [&](state::Running&) { impossible(); }, [&](state::Stopping&) { impossible(); },
                  [&](state::Backoff&) { impossible(); }, [&](state::Finished&) { impossible(); },
                  [&](state::Failed&) { impossible(); }},
            instance_.state);
    }

    void on(const event::Executed&) {
        std::visit(
            Table{[&](state::Stopped&) { impossible(); },
                  [&](state::Starting& starting) { run(starting); },
                  [&](state::Running&) { impossible(); },
                  [&](state::Stopping& stopping) {
                      // The stop was asked for between clone and exec.
                      RESPAWND_CHECK(stopping.main_lives);
                  },
                  [&](state::Backoff&) { impossible(); }, [&](state::Finished&) { impossible(); },
                  [&](state::Failed&) { impossible(); }},
            instance_.state);
    }

    void on(const event::StartFailed& failed) {
        std::visit(
            Table{[&](state::Stopped&) { impossible(); },
                  [&](state::Starting&) {
                      after_failed_start(failed.reason, failed.lack_of_resources);
                  },
                  [&](state::Running&) { impossible(); },
                  [&](state::Stopping& stopping) {
                      RESPAWND_CHECK(stopping.main_lives);
                      all_gone(stopping);
                  },
                  [&](state::Backoff&) { impossible(); }, [&](state::Finished&) { impossible(); },
                  [&](state::Failed&) { impossible(); }},
            instance_.state);
    }

    void on(const event::MainEnded& ended) {
        instance_.history.last_exit = ended.status;
        std::visit(
            Table{[&](state::Stopped&) { impossible(); },
                  // The outcome of the exec is always read before the end of the process.
                  [&](state::Starting&) { impossible(); },
                  [&](state::Running& running) { end_of_run(running, ended); },
                  [&](state::Stopping& stopping) { main_stopped(stopping, ended); },
                  [&](state::Backoff&) { impossible(); }, [&](state::Finished&) { impossible(); },
                  [&](state::Failed&) { impossible(); }},
            instance_.state);
    }

    void on(const event::RestGone&) {
        std::visit(
            Table{[&](state::Stopped&) { impossible(); }, [&](state::Starting&) { impossible(); },
                  [&](state::Running&) { impossible(); },
                  [&](state::Stopping& stopping) {
                      RESPAWND_CHECK(!stopping.main_lives);
                      all_gone(stopping);
                  },
                  [&](state::Backoff&) { impossible(); }, [&](state::Finished&) { impossible(); },
                  [&](state::Failed&) { impossible(); }},
            instance_.state);
    }

    void on(const event::StopCommandEnded& ended) {
        std::visit(
            Table{[&](state::Stopped&) { impossible(); }, [&](state::Starting&) { impossible(); },
                  [&](state::Running&) { impossible(); },
                  [&](state::Stopping& stopping) { stop_command_ended(stopping, ended); },
                  [&](state::Backoff&) { impossible(); }, [&](state::Finished&) { impossible(); },
                  [&](state::Failed&) { impossible(); }},
            instance_.state);
    }

    void on(const event::DeadlineReached&) {
        std::visit(Table{[&](state::Stopped&) { nothing(); },
                         [&](state::Starting& starting) { start_takes_too_long(starting); },
                         [&](state::Running& running) { tell_stable_run(running); },
                         [&](state::Stopping& stopping) { stop_takes_too_long(stopping); },
                         [&](state::Backoff& backoff) { launch_again(backoff.counts); },
                         [&](state::Finished&) { nothing(); }, [&](state::Failed&) { retry(); }},
                   instance_.state);
    }

  private:
    Instant now() const { return surroundings_.now; }

    void tell(Tell::Level level, std::string text) {
        actions_.emplace_back(Tell{level, std::move(text)});
    }

    /// For what a crash loop says again and again. `text` makes the sentence, which costs more
    /// than the decision not to tell it.
    template <class Text>
    void tell_within_budget(Tell::Level level, Text text) {
        if (instance_.messages.take(now())) {
            tell_with_untold(level, text);
        }
    }

    /// What ends a crash loop is told however much the loop has said, unless it may go on soon.
    template <class Text>
    void tell_decision(Tell::Level level, const AfterEnd& decision, Text text) {
        const auto& retry_after = definition_.restart.retry_after;
        const bool goes_on = decision.kind == AfterEnd::Kind::restart ||
                             (decision.kind != AfterEnd::Kind::finish && retry_after &&
                              *retry_after < message_every);
        goes_on ? tell_within_budget(level, text) : tell_with_untold(level, text);
    }

    template <class Text>
    void tell_with_untold(Tell::Level level, Text text) {
        const std::uint64_t untold = instance_.messages.take_untold();
        std::string sentence = text();
        if (untold != 0) {
            sentence += untold == 1
                            ? " (1 message like this was left out)"
                            : " (" + std::to_string(untold) + " messages like this were left out)";
        }
        tell(level, std::move(sentence));
    }

    /// An operator's start or an edit: what failed before no longer counts.
    void begin_anew() {
        instance_.history = {.last_exit = instance_.history.last_exit};
        instance_.messages = {};
    }

    void launch() {
        RESPAWND_CHECK(surroundings_.new_generation != 0);
        const Generation generation = surroundings_.new_generation;
        actions_.emplace_back(action::Launch{generation});
        instance_.state =
            state::Starting{.generation = generation, .give_up_at = after(now(), start_deadline)};
    }

    void relaunch() {
        begin_anew();
        launch();
    }

    void launch_again(bool counts) {
        note_restart(instance_.history, counts, now());
        launch();
    }

    /// `retry_after` has passed: the backoff begins anew, but `limit` in `window` stays a promise.
    void retry() {
        instance_.history.unstable_runs = 0;
        launch_again(false);
    }

    /// Whoever takes the file away wants the instance gone, and an operator's stop of what is on
    /// its way out must not keep it in the table for ever.
    void down(DownReason reason) {
        const bool leaves =
            !instance_.is_wanted && is_on_its_way_out() && reason == DownReason::by_operator;
        instance_.is_wanted = false;
        if (!leaves) {
            instance_.down_reason = reason;
        }
    }

    void run(const state::Starting& starting) {
        RESPAWND_CHECK(starting.has_process);
        const std::int32_t pid = starting.pid;
        // In a crash loop the ends are worth more than the starts between them; that it is over is
        // told when a run has lasted.
        const bool tells = instance_.messages.has_plenty(now());
        if (tells) {
            tell_within_budget(Tell::Level::info,
                               [&] { return "running, pid " + std::to_string(pid); });
        }
        instance_.state =
            state::Running{starting.generation, pid, now(),
                           tells ? no_deadline : after(now(), definition_.restart.reset_after)};
    }

    void tell_stable_run(state::Running& running) {
        if (running.tell_at > now()) {
            return;
        }
        tell_with_untold(Tell::Level::info, [&] {
            return "running, pid " + std::to_string(running.pid) + ", for " +
                   in_words(now() - running.since) + " by now";
        });
        running.tell_at = no_deadline;
    }

    bool is_on_its_way_out() const {
        return instance_.down_reason == DownReason::file_removed ||
               instance_.down_reason == DownReason::not_asked_for;
    }

    void stay_down() {
        instance_.state = state::Stopped{};
        if (is_on_its_way_out()) {
            actions_.emplace_back(action::Forget{});
        }
    }

    /// Why it is to be down, behind what happens to it; the end of the daemon tells for all at
    /// once.
    void tell_down(const std::string& what) {
        switch (instance_.down_reason) {
            case DownReason::not_enabled:
                tell(Tell::Level::info, what + ", its file says enabled = false");
                break;
            case DownReason::by_operator:
                tell(Tell::Level::info, what + ", the operator asked for it");
                break;
            case DownReason::file_removed:
                tell(Tell::Level::info, what + ", its file was removed");
                break;
            case DownReason::not_asked_for:
                tell(Tell::Level::info, what + ", its file asks for other instances now");
                break;
            case DownReason::shutdown:
                break;
        }
    }

    void tell_stop() { tell_down("stopping"); }

    void stay_down_and_tell() {
        tell_down("no longer wanted");
        stay_down();
    }

    void tell_live() {
        tell(Tell::Level::info, "its definition has changed, in nothing that needs a start");
    }

    /// A change to this policy is a wish that it runs, also when the end came before the change.
    bool is_restarted_after_any_end() const {
        return definition_.restart.policy == RestartPolicy::always;
    }

    /// The stop sequence from its beginning, for a main process that lives.
    void stop(Generation generation, Instant run_since, AfterStop then) {
        const StopSettings& settings = definition_.stop;
        state::Stopping stopping{.generation = generation,
                                 .main_lives = true,
                                 .waits_for_command = !settings.command.empty(),
                                 .all_signalled = false,
                                 .since = now(),
                                 .run_since = run_since,
                                 .act_at = after(now(), settings.timeout),
                                 .then = std::move(then)};
        if (stopping.waits_for_command) {
            actions_.emplace_back(action::RunStopCommand{});
        } else {
            first_signal(stopping);
        }
        instance_.state = std::move(stopping);
    }

    void first_signal(state::Stopping& stopping) {
        if (definition_.stop.scope == StopScope::all) {
            actions_.emplace_back(action::SignalAll{definition_.stop.signal});
            stopping.all_signalled = true;
        } else {
            actions_.emplace_back(action::SignalMain{definition_.stop.signal});
        }
    }

    void kill(state::Stopping& stopping) {
        actions_.emplace_back(action::SignalAll{signal_kill});
        stopping.is_killed = true;
        stopping.waits_for_command = false;
        stopping.act_at = after(now(), kill_takes_at_most);
    }

    /// SIGKILL without a question first: to a child that may hang before exec, where there is no
    /// program yet that could be asked, and where nobody has patience.
    void kill_main(Generation generation, Instant run_since, AfterStop then) {
        state::Stopping stopping{.generation = generation,
                                 .main_lives = true,
                                 .since = now(),
                                 .run_since = run_since,
                                 .then = std::move(then)};
        kill(stopping);
        instance_.state = std::move(stopping);
    }

    void stop_start(const state::Starting& starting) {
        if (starting.has_process) {
            tell_stop();
            stop(starting.generation, now(), {});
            return;
        }
        actions_.emplace_back(action::AbandonLaunch{starting.generation});
        stay_down();
    }

    /// True when nothing but the rest of a run that ended well is being stopped.
    static bool finishes(const state::Stopping& stopping) {
        return stopping.then.kind == AfterStop::Kind::after_end &&
               stopping.then.decision.kind == AfterEnd::Kind::finish;
    }

    void then_start(state::Stopping& stopping) {
        begin_anew();
        stopping.then = {.kind = AfterStop::Kind::start};
    }

    void restart_start(const state::Starting& starting) {
        begin_anew();
        if (starting.has_process) {
            stop(starting.generation, now(), {.kind = AfterStop::Kind::start});
            return;
        }
        actions_.emplace_back(action::AbandonLaunch{starting.generation});
        launch();
    }

    void restart_run(const state::Running& running) {
        begin_anew();
        tell(Tell::Level::info, "restarting, its definition has changed");
        stop(running.generation, running.since, {.kind = AfterStop::Kind::start});
    }

    void start_takes_too_long(const state::Starting& starting) {
        const std::string reason = "not started within " + in_words(start_deadline);
        if (starting.has_process) {
            kill_main(starting.generation, now(),
                      {.kind = AfterStop::Kind::failed_start,
                       .reason = reason + " (its folder or program may be on a disk that hangs)"});
            return;
        }
        actions_.emplace_back(action::AbandonLaunch{starting.generation});
        after_failed_start(
            reason + " (looking up its user, or reading its environment_file, hangs)", false);
    }

    void stop_takes_too_long(state::Stopping& stopping) {
        if (stopping.is_killed) {
            if (!stopping.is_reported) {
                actions_.emplace_back(action::ReportSurvivors{});
            }
            stopping.is_reported = true;
            // Not for one that hangs in the kernel, but for what a fork bomb has made since.
            kill(stopping);
            return;
        }
        tell(Tell::Level::warning, "did not end within " + in_words(now() - stopping.since) +
                                       "; sending SIGKILL to all that is left of it");
        kill(stopping);
    }

    void stop_command_ended(state::Stopping& stopping, const event::StopCommandEnded& ended) {
        // It comes once; late when the main process has ended or was killed in the meantime.
        RESPAWND_CHECK(stopping.waits_for_command || stopping.is_killed || !stopping.main_lives);
        const bool signal_follows = stopping.waits_for_command && stopping.main_lives;
        if (!ended.succeeded) {
            tell(Tell::Level::warning,
                 "stop.command " + ended.words +
                     (signal_follows ? "; sending " + signal_name(definition_.stop.signal) : ""));
        }
        if (signal_follows) {
            first_signal(stopping);
        }
        stopping.waits_for_command = false;
    }

    void end_of_run(const state::Running& running, const event::MainEnded& ended) {
        const Duration ran_for = now() - running.since;
        const bool forked_itself = ended.left_behind && ran_for < forks_itself_within &&
                                   ended.status == ExitStatus{ExitStatus::Kind::exited, 0};
        if (forked_itself) {
            begin_rest(running, {.kind = AfterStop::Kind::forked_itself,
                                 .reason = forked_itself_words(*ended.left_behind)});
            return;
        }
        const AfterEnd decision =
            decide_after_end(definition_.restart, instance_.history, {ended.status, ran_for}, now(),
                             surroundings_.random);
        if (ended.left_behind) {
            tell_end(ended, ran_for, decision);
            begin_rest(running,
                       {.kind = AfterStop::Kind::after_end,
                        .decision = decision,
                        .decided_at = now(),
                        .reason = give_up_words(words(ended.status), definition_, decision)});
            return;
        }
        // The new process first: telling takes as long as starting.
        carry_out(decision, now(), give_up_words(words(ended.status), definition_, decision));
        tell_end(ended, ran_for, decision);
    }

    void tell_end(const event::MainEnded& ended, Duration ran_for, const AfterEnd& decision) {
        const bool clean = is_clean(definition_.restart, ended.status);
        auto level = clean ? Tell::Level::info : Tell::Level::warning;
        if (decision.kind != AfterEnd::Kind::restart && !clean) {
            level = Tell::Level::error;
        }
        tell_decision(level, decision, [&] {
            return words(ended.status) + " after " + in_words(ran_for) +
                   consequence_words(definition_, decision) +
                   (ended.left_behind ? left_behind_words(*ended.left_behind) : "");
        });
    }

    /// The main process is gone and something of it is left: it gets the stop sequence before
    /// anything else happens.
    void begin_rest(const state::Running& running, AfterStop then) {
        if (then.kind == AfterStop::Kind::forked_itself) {
            tell(Tell::Level::error, then.reason);
        }
        actions_.emplace_back(action::SignalAll{definition_.stop.signal});
        instance_.state = state::Stopping{.generation = running.generation,
                                          .all_signalled = true,
                                          .since = now(),
                                          .run_since = running.since,
                                          .act_at = after(now(), definition_.stop.timeout),
                                          .then = std::move(then)};
    }

    void main_stopped(state::Stopping& stopping, const event::MainEnded& ended) {
        RESPAWND_CHECK(stopping.main_lives);
        stopping.main_lives = false;
        stopping.waits_for_command = false;
        const bool is_told =
            stopping.then.kind == AfterStop::Kind::failed_start ||
            (instance_.down_reason == DownReason::shutdown && !instance_.is_wanted);
        if (!is_told) {
            tell(Tell::Level::info, "stopped: " + words(ended.status) + " after " +
                                        in_words(now() - stopping.run_since));
        }
        if (!ended.left_behind) {
            all_gone(stopping);
            return;
        }
        // With scope "all" the rest has had the signal already, unless `stop.command` was enough
        // to end the main process; a second one would tell a program that catches it to stop at
        // once.
        if (stopping.is_killed) {
            actions_.emplace_back(action::SignalAll{signal_kill});
        } else if (!stopping.all_signalled) {
            actions_.emplace_back(action::SignalAll{definition_.stop.signal});
            stopping.all_signalled = true;
        }
    }

    /// No process of the run is left.
    void all_gone(state::Stopping& stopping) {
        const AfterStop then = std::move(stopping.then);
        switch (then.kind) {
            case AfterStop::Kind::stay_down:
                stay_down();
                return;
            case AfterStop::Kind::start:
                launch();
                return;
            case AfterStop::Kind::after_end:
                carry_out(then.decision, then.decided_at, then.reason);
                return;
            case AfterStop::Kind::failed_start:
                after_failed_start(then.reason, false);
                return;
            case AfterStop::Kind::forked_itself:
                fail(then.reason);
                return;
        }
    }

    void after_failed_start(const std::string& reason, bool lack_of_resources) {
        const AfterEnd decision =
            decide_after_end(definition_.restart, instance_.history,
                             {.status = std::nullopt, .lack_of_resources = lack_of_resources},
                             now(), surroundings_.random);
        tell_decision(
            decision.kind == AfterEnd::Kind::restart ? Tell::Level::warning : Tell::Level::error,
            decision, [&] { return reason + consequence_words(definition_, decision); });
        carry_out(decision, now(), give_up_words(reason, definition_, decision));
    }

    void carry_out(const AfterEnd& decision, Instant decided_at, const std::string& reason) {
        switch (decision.kind) {
            case AfterEnd::Kind::restart:
                wait_or_launch(after(decided_at, decision.wait), decision.counts);
                return;
            case AfterEnd::Kind::finish:
                instance_.state = state::Finished{};
                return;
            case AfterEnd::Kind::leave_failed:
            case AfterEnd::Kind::give_up_limit:
            case AfterEnd::Kind::give_up_fatal:
                fail(reason);
                return;
        }
    }

    void wait_or_launch(Instant start_at, bool counts) {
        if (start_at <= now()) {
            launch_again(counts);
        } else {
            instance_.state = state::Backoff{start_at, counts};
        }
    }

    void fail(const std::string& reason) {
        const auto retry_after = definition_.restart.retry_after;
        instance_.state =
            state::Failed{reason, retry_after ? after(now(), *retry_after) : no_deadline};
    }

    static constexpr int signal_kill = 9;

    const JobDefinition& definition_;
    Instance& instance_;
    const Surroundings& surroundings_;
    std::vector<Action>& actions_;
};

/// The start that an event speaks of; 0 for events that speak of none.
struct EventGeneration {
    Generation operator()(const event::StartWanted&) const { return 0; }
    Generation operator()(const event::DefinitionChanged&) const { return 0; }
    Generation operator()(const event::StopWanted&) const { return 0; }
    Generation operator()(const event::KillWanted&) const { return 0; }
    Generation operator()(const event::Spawned& event) const { return event.generation; }
    Generation operator()(const event::Executed& event) const { return event.generation; }
    Generation operator()(const event::StartFailed& event) const { return event.generation; }
    Generation operator()(const event::MainEnded& event) const { return event.generation; }
    Generation operator()(const event::RestGone& event) const { return event.generation; }
    Generation operator()(const event::StopCommandEnded& event) const { return event.generation; }
    Generation operator()(const event::DeadlineReached&) const { return 0; }
};

}  // namespace

void step(const JobDefinition& definition, Instance& instance, const Event& event,
          const Surroundings& surroundings, std::vector<Action>& actions) {
    const Generation generation = std::visit(EventGeneration{}, event);
    const bool is_late = generation != 0 && generation != generation_of(instance.state);
    const bool is_early = std::holds_alternative<event::DeadlineReached>(event) &&
                          deadline_of(instance.state) > surroundings.now;
    if (is_late || is_early) {
        return;
    }
    Stepper stepper(definition, instance, surroundings, actions);
    std::visit([&](const auto& fact) { stepper.on(fact); }, event);
}

}  // namespace respawnd::core
