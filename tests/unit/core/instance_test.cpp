// What happens to one instance over several events. Single cells stand in instance_table.txt.
#include "core/instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "unit/core/action_words.h"
#include "unit/core/instance_row.h"

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class InstanceTest : public testing::Test {
  protected:
    InstanceTest() {
        job.name = "mailer";
        job.program.command = {"/bin/true"};
        job.restart.jitter = 0;
    }

    /// What the event asks for, as text.
    std::string after_event(const Event& event) {
        std::vector<Action> actions;
        step(job, instance, event, {.now = now, .new_generation = ++generations, .random = 0.5},
             actions);
        return in_words(actions);
    }
    Generation generation() const { return generation_of(instance.state); }
    std::string state() const { return row_of(instance.state); }

    void spawn() { (void)after_event(event::Spawned{generation(), 4711}); }
    void start() {
        (void)after_event(event::StartWanted{});
        spawn();
        (void)after_event(event::Executed{generation()});
        ASSERT_EQ(state(), "running");
    }
    std::string end(ExitStatus status, std::optional<LeftBehind> rest = std::nullopt) {
        return after_event(event::MainEnded{generation(), status, std::move(rest)});
    }
    std::string deadline() {
        now = deadline_of(instance.state);
        return after_event(event::DeadlineReached{});
    }
    void start_again() {
        (void)deadline();
        spawn();
        (void)after_event(event::Executed{generation()});
        ASSERT_EQ(state(), "running");
    }

    static constexpr ExitStatus one{ExitStatus::Kind::exited, 1};
    static constexpr ExitStatus zero{ExitStatus::Kind::exited, 0};
    JobDefinition job;
    Instance instance{.name = {"mailer", 1}};
    Instant now{1h};
    Generation generations = 100;
};

TEST_F(InstanceTest, a_crash_is_told_in_words_and_followed_by_a_start) {
    start();
    now += 2100ms;
    EXPECT_EQ(end({ExitStatus::Kind::exited, 3}),
              "warning \"exited 3 after 2.1 s; starting again in 0.1 s\"");
    EXPECT_EQ(state(), "backoff");
    EXPECT_EQ(deadline_of(instance.state), now + 100ms);
    EXPECT_EQ(deadline(), "launch");
    EXPECT_EQ(instance.history.restarts, 1U);
    EXPECT_EQ(instance.history.last_exit, (ExitStatus{ExitStatus::Kind::exited, 3}));
}

TEST_F(InstanceTest, a_stable_run_is_followed_by_a_start_at_once) {
    start();
    now += 10s;
    EXPECT_EQ(end({ExitStatus::Kind::signalled, 9}),
              "launch; warning \"killed by SIGKILL after 10 s; starting again at once\"");
}

TEST_F(InstanceTest, a_clean_end_is_finished_with_a_hint) {
    start();
    now += 3s;
    EXPECT_EQ(end(zero),
              "info \"exited 0 after 3 s; policy \"on-failure\" leaves that alone (policy = "
              "\"always\" restarts it)\"");
    EXPECT_EQ(state(), "finished");
    EXPECT_EQ(deadline_of(instance.state), no_deadline);
}

TEST_F(InstanceTest, the_end_of_a_crash_loop_is_told_however_much_the_loop_has_said) {
    job.restart.limit = 20;
    job.restart.backoff = 0s;
    start();
    for (int i = 0; i < 20; ++i) {
        (void)end(one);
        spawn();
        (void)after_event(event::Executed{generation()});
    }
    EXPECT_THAT(end(one), HasSubstr("giving up: 20 restarts after failures within 10 min are the "
                                    "limit; it stays down until its file changes ("));
    EXPECT_EQ(state(), "failed");
    EXPECT_EQ(std::get<state::Failed>(instance.state).reason,
              "exited 1; 20 restarts after failures within 10 min are the limit");
}

TEST_F(InstanceTest, a_crash_loop_says_how_much_it_has_left_out) {
    job.restart.backoff = 0s;
    start();
    for (int i = 0; i < 50; ++i) {
        const std::string said = end(one);
        EXPECT_THAT(said, Not(HasSubstr("left out")));
        spawn();
        (void)after_event(event::Executed{generation()});
    }
    now += 9s;
    EXPECT_EQ(end(one), "launch");
    now += message_every;
    spawn();
    // With room for one message the next end is told, not this start.
    EXPECT_EQ(after_event(event::Executed{generation()}), "-");
    EXPECT_THAT(end(one), HasSubstr("messages like this were left out)"));
}

TEST_F(InstanceTest, retry_after_tries_once_more_without_forgetting_the_window) {
    job.restart.limit = 2;
    job.restart.retry_after = 1min;
    start();
    for (int i = 0; i < 2; ++i) {
        (void)end(one);
        start_again();
    }
    (void)end(one);
    ASSERT_EQ(state(), "failed");
    EXPECT_EQ(deadline_of(instance.state), now + 1min);
    start_again();
    EXPECT_THAT(end(one), HasSubstr("giving up"));
    EXPECT_EQ(state(), "failed");
    now += job.restart.window;
    (void)after_event(event::DeadlineReached{});
    spawn();
    (void)after_event(event::Executed{generation()});
    EXPECT_EQ(end(one), "warning \"exited 1 after 0 s; starting again in 0.1 s\"");
}

TEST_F(InstanceTest, an_operators_start_begins_anew) {
    job.restart.limit = 1;
    job.restart.window = infinite;
    start();
    (void)end(one);
    start_again();
    (void)end(one);
    ASSERT_EQ(state(), "failed");
    start();
    EXPECT_EQ(instance.history.restarts, 0U);
    EXPECT_EQ(end(one), "warning \"exited 1 after 0 s; starting again in 0.1 s\"");
}

TEST_F(InstanceTest, an_edit_begins_anew) {
    start();
    for (int i = 0; i < 4; ++i) {
        (void)end(one);
        start_again();
    }
    (void)end(one);
    EXPECT_EQ(deadline_of(instance.state), now + 1600ms);
    EXPECT_EQ(after_event(event::DefinitionChanged{false}), "launch");
    EXPECT_EQ(instance.history.unstable_runs, 0U);
    EXPECT_EQ(instance.history.last_exit, one);
}

TEST_F(InstanceTest, a_restart_counts_when_it_happens_and_not_when_it_is_decided) {
    job.restart.limit = 1;
    job.restart.window = 20s;
    start();
    now += 5s;
    (void)end(one, LeftBehind{1, 4712, "sleep 99"});
    now += 8s;
    EXPECT_EQ(after_event(event::RestGone{generation()}), "launch");
    const Instant restarted_at = now;
    spawn();
    (void)after_event(event::Executed{generation()});
    now = restarted_at + 20s - 1us;
    EXPECT_THAT(end(one), HasSubstr("giving up"));
}

TEST_F(InstanceTest, the_wait_counts_from_the_end_of_the_main_process) {
    job.restart.delay = 5s;
    start();
    const Instant ended_at = now;
    EXPECT_THAT(
        end(one, LeftBehind{1, 4712, "sleep 99"}),
        HasSubstr("; first stopping the process that it left behind (pid 4712, sleep 99)\"; "
                  "SIGTERM to all"));
    now += 2s;
    EXPECT_EQ(after_event(event::RestGone{generation()}), "-");
    EXPECT_EQ(deadline_of(instance.state), ended_at + 5s);
}

TEST_F(InstanceTest, a_program_that_forks_itself_fails_with_advice_and_is_not_multiplied) {
    start();
    now += 1s;
    EXPECT_EQ(end(zero, LeftBehind{1, 4712, "my.php"}),
              "error \"forked itself into the background (pid 4712, my.php); run it in the "
              "foreground (look for an option such as --foreground or --no-daemon); what it left "
              "is being stopped, and it stays down until its file changes\"; SIGTERM to all");
    EXPECT_EQ(after_event(event::RestGone{generation()}), "-");
    EXPECT_EQ(state(), "failed");
}

TEST_F(InstanceTest, an_end_that_is_late_or_unclean_is_no_fork_of_itself) {
    start();
    now += forks_itself_within;
    (void)end(zero, LeftBehind{1, 4712, "my.php"});
    EXPECT_EQ(then_of(instance.state), ", then finish");
}

TEST_F(InstanceTest, the_end_of_a_crash_loop_is_told_once_a_run_is_stable) {
    job.restart.backoff = 0s;
    start();
    for (int i = 0; i < 50; ++i) {
        (void)end(one);
        spawn();
        EXPECT_EQ(deadline_of(instance.state), now + start_deadline);
        (void)after_event(event::Executed{generation()});
    }
    EXPECT_EQ(deadline_of(instance.state), now + job.restart.reset_after);
    EXPECT_THAT(deadline(), HasSubstr(", for 10 s by now ("));
    EXPECT_EQ(deadline_of(instance.state), no_deadline);
}

TEST_F(InstanceTest, the_stop_sequence_ends_with_a_report_of_survivors) {
    start();
    (void)after_event(event::StopWanted{DownReason::by_operator});
    EXPECT_EQ(deadline_of(instance.state), now + 10s);
    EXPECT_EQ(deadline(),
              "warning \"did not end within 10 s; sending SIGKILL to all that is left of it\"; "
              "SIGKILL to all");
    EXPECT_EQ(deadline_of(instance.state), now + kill_takes_at_most);
    EXPECT_EQ(deadline(), "report survivors; SIGKILL to all");
    EXPECT_EQ(deadline(), "SIGKILL to all");
    EXPECT_EQ(end({ExitStatus::Kind::signalled, 9}),
              "info \"stopped: killed by SIGKILL after 20 s\"");
    EXPECT_EQ(state(), "stopped");
}

TEST_F(InstanceTest, scope_main_signals_the_rest_after_the_main_process) {
    start();
    EXPECT_THAT(after_event(event::StopWanted{}), HasSubstr("SIGTERM to main"));
    EXPECT_THAT(end(zero, LeftBehind{2, 4712, "sleep 99"}), HasSubstr("SIGTERM to all"));
}

TEST_F(InstanceTest, scope_all_does_not_signal_the_rest_a_second_time) {
    job.stop.scope = StopScope::all;
    start();
    EXPECT_THAT(after_event(event::StopWanted{}), HasSubstr("SIGTERM to all"));
    EXPECT_THAT(end(zero, LeftBehind{2, 4712, "sleep 99"}), Not(HasSubstr("SIGTERM")));
}

TEST_F(InstanceTest, scope_all_signals_the_rest_when_the_stop_command_ended_the_main_process) {
    job.stop.scope = StopScope::all;
    job.stop.command = {"/bin/stop"};
    start();
    EXPECT_THAT(after_event(event::StopWanted{}), HasSubstr("run stop.command"));
    EXPECT_THAT(end(zero, LeftBehind{2, 4712, "sleep 99"}), HasSubstr("SIGTERM to all"));
}

TEST_F(InstanceTest, a_stop_command_that_fails_is_followed_by_the_signal) {
    job.stop.command = {"/bin/stop"};
    job.stop.signal = 3;
    start();
    (void)after_event(event::StopWanted{});
    EXPECT_EQ(after_event(event::StopCommandEnded{generation(), false, "exited 7"}),
              "warning \"stop.command exited 7; sending SIGQUIT\"; SIGQUIT to main");
}

TEST_F(InstanceTest, a_kill_runs_no_stop_command_and_the_instance_stays_down) {
    job.stop.command = {"/bin/stop"};
    start();
    EXPECT_EQ(after_event(event::KillWanted{}),
              "info \"stopping, the operator asked for it\"; SIGKILL to all");
    EXPECT_FALSE(instance.is_wanted);
    (void)end({ExitStatus::Kind::signalled, 9});
    EXPECT_EQ(state(), "stopped");
    EXPECT_EQ(after_event(event::DefinitionChanged{true}), "-");
}

TEST_F(InstanceTest, a_file_that_came_back_is_not_forgotten_at_the_next_kill) {
    start();
    (void)after_event(event::StopWanted{DownReason::file_removed});
    (void)after_event(event::StartWanted{});
    EXPECT_THAT(end(zero), HasSubstr("launch"));
    spawn();
    (void)after_event(event::Executed{generation()});
    (void)after_event(event::KillWanted{});
    EXPECT_THAT(end({ExitStatus::Kind::signalled, 9}), Not(HasSubstr("forget")));
}

TEST_F(InstanceTest, an_operators_stop_does_not_keep_what_is_on_its_way_out) {
    start();
    (void)after_event(event::StopWanted{DownReason::file_removed});
    (void)after_event(event::StopWanted{DownReason::by_operator});
    EXPECT_THAT(end(zero), HasSubstr("forget"));
}

TEST_F(InstanceTest, a_start_that_hangs_before_exec_is_killed_and_fails) {
    (void)after_event(event::StartWanted{});
    spawn();
    EXPECT_EQ(deadline_of(instance.state), now + start_deadline);
    EXPECT_EQ(deadline(), "SIGKILL to all");
    EXPECT_EQ(end({ExitStatus::Kind::signalled, 9}),
              "warning \"not started within 20 s (its folder or program may be on a disk that "
              "hangs); starting again in 0.1 s\"");
}

TEST_F(InstanceTest, lack_of_resources_is_no_failure_of_the_job) {
    job.restart.policy = RestartPolicy::never;
    (void)after_event(event::StartWanted{});
    EXPECT_EQ(after_event(event::StartFailed{generation(), "no more processes", true}),
              "warning \"no more processes; starting again in 0.1 s\"");
    EXPECT_EQ(state(), "backoff");
}

TEST_F(InstanceTest, a_failed_start_gives_up_under_the_policy_never) {
    job.restart.policy = RestartPolicy::never;
    (void)after_event(event::StartWanted{});
    EXPECT_EQ(after_event(event::StartFailed{generation(), "user \"www\" does not exist"}),
              "error \"user \"www\" does not exist; policy \"never\" leaves that alone; it stays "
              "down until its file changes\"");
    EXPECT_EQ(std::get<state::Failed>(instance.state).reason,
              "user \"www\" does not exist; policy \"never\" leaves that alone");
}

TEST_F(InstanceTest, an_end_of_the_daemon_stops_without_a_word_a_program) {
    start();
    EXPECT_EQ(after_event(event::StopWanted{DownReason::shutdown}), "SIGTERM to main");
    EXPECT_EQ(end(zero), "-");
}

TEST_F(InstanceTest, a_disabled_job_says_why_it_stops) {
    start();
    EXPECT_EQ(after_event(event::StopWanted{DownReason::not_enabled}),
              "info \"stopping, its file says enabled = false\"; SIGTERM to main");
}

TEST_F(InstanceTest, an_infinite_stop_timeout_never_kills) {
    job.stop.timeout = infinite;
    start();
    (void)after_event(event::StopWanted{});
    EXPECT_EQ(deadline_of(instance.state), no_deadline);
}

TEST(StateNames, are_those_that_users_see) {
    EXPECT_EQ(name_of(state::Stopped{}), "stopped");
    EXPECT_EQ(name_of(state::Starting{}), "starting");
    EXPECT_EQ(name_of(state::Running{}), "running");
    EXPECT_EQ(name_of(state::Stopping{}), "stopping");
    EXPECT_EQ(name_of(state::Backoff{}), "backoff");
    EXPECT_EQ(name_of(state::Finished{}), "finished");
    EXPECT_EQ(name_of(state::Failed{}), "failed");
}

}  // namespace
}  // namespace respawnd::core
