// Stops: in order, within their time, and of everything that belongs to an instance.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

/// A job of one shell text, with `more` below it.
std::string shell_job(const std::string& text, const std::string& more = "") {
    return "command = [\"/bin/sh\", \"-c\", '''" + text + "''']\n" + more;
}

/// `sleep 1000` in the background, with its pid in the sign `name`.
std::string child(const DaemonUnderTest& daemon, const std::string& name,
                  const std::string& how = "") {
    return how + " sleep 1000 & echo $! > " + daemon.path(name) + "; ";
}

pid_t signed_pid(const DaemonUnderTest& daemon, const std::string& name) {
    return std::atoi(daemon.sign(name).c_str());
}

bool goes_away(pid_t pid) {
    return eventually([&] { return !is_alive(pid); });
}

TEST(Stop, a_job_that_ignores_sigterm_gets_sigkill_when_its_time_is_over) {
    DaemonUnderTest daemon;
    daemon.job("deaf", shell_job("trap '' TERM; echo up > " + daemon.path("up") +
                                     "; while :; do sleep 1000; done",
                                 "[stop]\ntimeout = \"300ms\"\n"));
    daemon.start();
    EXPECT_EQ(daemon.sign("up"), "up");
    const pid_t pid = daemon.running("deaf");
    daemon.remove_job("deaf");
    EXPECT_TRUE(daemon.says("deaf: stopping, its file was removed"));
    EXPECT_TRUE(daemon.says("deaf: did not end within 0.3 s; sending SIGKILL"));
    EXPECT_TRUE(daemon.says("deaf: stopped: killed by SIGKILL after "));
    EXPECT_TRUE(goes_away(pid));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, a_job_that_is_stopped_by_sigstop_ends) {
    DaemonUnderTest daemon;
    daemon.job("frozen", "command = [\"sleep\", \"1000\"]\n");
    daemon.start();
    const pid_t pid = daemon.running("frozen");
    ASSERT_EQ(kill(pid, SIGSTOP), 0);
    daemon.remove_job("frozen");
    EXPECT_TRUE(daemon.says("frozen: stopped: killed by SIGTERM after "));
    EXPECT_TRUE(goes_away(pid));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, what_the_job_forked_ends_with_it) {
    DaemonUnderTest daemon;
    daemon.job("family", shell_job(child(daemon, "child") + child(daemon, "session", "setsid") +
                                   child(daemon, "hidden", "setsid env -i") + "wait"));
    daemon.start();
    const std::vector<pid_t> family{signed_pid(daemon, "child"), signed_pid(daemon, "session"),
                                    signed_pid(daemon, "hidden"), daemon.running("family")};
    daemon.remove_job("family");
    for (const pid_t pid : family) {
        EXPECT_GT(pid, 0);
        EXPECT_TRUE(goes_away(pid));
    }
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, a_child_that_ignores_sigterm_is_killed_after_the_main_process_has_ended) {
    DaemonUnderTest daemon;
    daemon.job("family", shell_job("(trap '' TERM; exec sleep 1000) & echo $! > " +
                                       daemon.path("child") + "; sleep 0.1; exec sleep 1000",
                                   "[stop]\ntimeout = \"500ms\"\n"));
    daemon.start();
    const pid_t child_pid = signed_pid(daemon, "child");
    ASSERT_GT(daemon.running("family"), 0);
    ASSERT_TRUE(eventually(
        [&] { return read_file("/proc/" + std::to_string(child_pid) + "/comm") == "sleep\n"; }));
    daemon.remove_job("family");
    EXPECT_TRUE(daemon.says("family: stopped: killed by SIGTERM"));
    EXPECT_TRUE(goes_away(child_pid));
    EXPECT_TRUE(daemon.says("sending SIGKILL to all that is left of it"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, with_scope_all_everybody_gets_the_signal_at_once) {
    DaemonUnderTest daemon;
    daemon.job("all",
               shell_job("sh -c 'trap \"echo got > " + daemon.path("got") +
                             "; exit 0\" TERM; echo ready > " + daemon.path("ready") +
                             "; while :; do sleep 0.05; done' & trap 'wait; exit 0' TERM; while "
                             ":; do sleep 0.05; done",
                         "[stop]\nscope = \"all\"\n"));
    daemon.start();
    EXPECT_EQ(daemon.sign("ready"), "ready");
    daemon.remove_job("all");
    EXPECT_EQ(daemon.sign("got"), "got");
    EXPECT_TRUE(daemon.says("all: stopped: "));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, the_stop_command_runs_instead_of_the_signal_and_knows_the_main_process) {
    DaemonUnderTest daemon;
    daemon.job(
        "polite",
        shell_job("trap 'exit 7' USR1; while :; do sleep 0.05; done",
                  "[stop]\ncommand = [\"/bin/sh\", \"-c\", \"echo $MAINPID > " +
                      daemon.path("told") +
                      "; kill -USR1 $MAINPID; while kill -0 $MAINPID; do sleep 0.02; done\"]\n"));
    daemon.start();
    const pid_t pid = daemon.running("polite");
    ASSERT_GT(pid, 0);
    daemon.remove_job("polite");
    EXPECT_TRUE(daemon.says("polite: stopped: exited 7 after "));
    EXPECT_EQ(daemon.sign("told"), std::to_string(pid));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, the_signal_follows_a_stop_command_that_fails) {
    DaemonUnderTest daemon;
    daemon.job("fails", "command = [\"sleep\", \"1000\"]\n[stop]\ncommand = [\"false\"]\n");
    daemon.job("missing",
               "command = [\"sleep\", \"1000\"]\n[stop]\ncommand = [\"/no/such/program\"]\n");
    daemon.start();
    ASSERT_GT(daemon.running("fails"), 0);
    ASSERT_GT(daemon.running("missing"), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(daemon.says("fails: stop.command exited 1"));
    EXPECT_TRUE(
        daemon.says("missing: stop.command could not be run: run \"/no/such/program\": No "
                    "such file or directory"));
}

TEST(Stop, a_stop_command_that_hangs_ends_with_the_time_of_the_stop) {
    DaemonUnderTest daemon;
    daemon.job("hangs", shell_job("exec sleep 1000",
                                  "[stop]\ntimeout = \"300ms\"\ncommand = [\"/bin/sh\", \"-c\", "
                                  "\"echo $$ > " +
                                      daemon.path("command") + "; exec sleep 1000\"]\n"));
    daemon.start();
    const pid_t pid = daemon.running("hangs");
    daemon.remove_job("hangs");
    const pid_t command = signed_pid(daemon, "command");
    EXPECT_TRUE(daemon.says("hangs: stopped: killed by SIGKILL"));
    EXPECT_TRUE(goes_away(pid));
    EXPECT_TRUE(goes_away(command));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, a_job_removed_while_it_waits_for_its_restart_never_starts_again) {
    DaemonUnderTest daemon;
    daemon.job("loop", shell_job("echo run >> " + daemon.path("runs") + "; exit 1",
                                 "[restart]\nbackoff = \"1s\"\njitter = 0\n"));
    daemon.start();
    ASSERT_TRUE(daemon.says("loop: exited 1 after "));
    daemon.remove_job("loop");
    // Another job with the same wait, started after the removal has taken effect, comes back.
    daemon.job("marker", "command = [\"false\"]\n[restart]\nbackoff = \"1s\"\njitter = 0\n");
    ASSERT_TRUE(daemon.says("marker: exited 1 after ", 2));
    EXPECT_EQ(read_file(daemon.path("runs")), "run\n");
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Stop, many_jobs_that_ignore_sigterm_take_the_time_of_one) {
    DaemonUnderTest daemon;
    daemon.job("deaf",
               "instances = 50\n" + shell_job("trap '' TERM; echo up > " + daemon.path("up%i") +
                                                  "; while :; do sleep 1000; done",
                                              "[stop]\ntimeout = \"1s\"\n"));
    daemon.start();
    for (int i = 1; i <= 50; ++i) {
        ASSERT_EQ(daemon.sign("up" + std::to_string(i)), "up");
    }
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(25));
    EXPECT_EQ(daemon.said("sending SIGKILL"), 50);
    EXPECT_TRUE(daemon.says("stopped 50 instances"));
}

TEST(Stop, jobs_that_end_just_before_the_kill_are_no_trouble) {
    DaemonUnderTest daemon;
    daemon.job("quick", "instances = 100\n" +
                            shell_job("trap 'exit 0' TERM; echo up > " + daemon.path("up%i") +
                                          "; while :; do sleep 0.02; done",
                                      "[stop]\ntimeout = \"20ms\"\n"));
    daemon.start();
    for (int i = 1; i <= 100; ++i) {
        ASSERT_EQ(daemon.sign("up" + std::to_string(i)), "up");
    }
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(daemon.says("stopped 100 instances"));
}

TEST(Stop, a_fork_bomb_that_is_bounded_by_its_limit_is_ended) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "a limit of processes for one user needs a second user";
    }
    DaemonUnderTest daemon;
    daemon.job("bomb", "user = \"nobody\"\n" +
                           shell_job("trap '' TERM; f() { f | f & }; echo up > " +
                                         daemon.path("up") + "; f 2>/dev/null; sleep 1000",
                                     "[limits]\nnproc = 60\n[stop]\ntimeout = \"200ms\"\n[log]\n"
                                     "target = \"none\"\n"));
    daemon.start();
    ASSERT_EQ(daemon.sign("up"), "up");
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(daemon.says("stopped 1 instance"));
}

TEST(Stop, a_second_sigterm_tells_how_far_it_is) {
    DaemonUnderTest daemon;
    daemon.job("slow", shell_job("trap '' TERM; echo up > " + daemon.path("up") +
                                     "; while :; do sleep 1000; done",
                                 "[stop]\ntimeout = \"1s\"\n"));
    daemon.start();
    ASSERT_EQ(daemon.sign("up"), "up");
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.says("SIGTERM: stopping 1 instance"));
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.says("SIGTERM again: still stopping, 1 instance left"));
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.says("SIGHUP comes too late"));
    EXPECT_EQ(daemon.wait_for_exit(), 0);
}

TEST(Stop, the_shutdown_time_ends_what_the_jobs_own_time_does_not) {
    DaemonUnderTest daemon;
    daemon.job("patient", shell_job("trap '' TERM; echo up > " + daemon.path("up") +
                                        "; while :; do sleep 1000; done",
                                    "[stop]\ntimeout = \"infinity\"\n"));
    daemon.start({.settings = "shutdown_timeout = \"1s\"\n"});
    ASSERT_EQ(daemon.sign("up"), "up");
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(daemon.says("not all has ended within shutdown_timeout = 1 s"));
}

TEST(Stop, nothing_restarts_while_the_daemon_stops) {
    DaemonUnderTest daemon;
    daemon.job("loop", shell_job("echo run >> " + daemon.path("runs") + "; exit 1",
                                 "[restart]\nbackoff = \"0s\"\n"));
    daemon.job("deaf", shell_job("trap '' TERM; echo up > " + daemon.path("up") +
                                     "; while :; do sleep 1000; done",
                                 "[stop]\ntimeout = \"1s\"\n"));
    daemon.start();
    ASSERT_EQ(daemon.sign("up"), "up");
    ASSERT_TRUE(daemon.says("loop: exited 1"));
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.says("SIGTERM: stopping"));
    ASSERT_TRUE(daemon.says("deaf: did not end within"));
    const std::string runs = read_file(daemon.path("runs"));
    EXPECT_EQ(daemon.wait_for_exit(), 0);
    EXPECT_EQ(read_file(daemon.path("runs")), runs);
}

TEST(LeftBehind, what_one_job_has_put_aside_is_not_touched_when_another_one_ends) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "a process without session, environment and output is told by a mark that "
                        "only root may read";
    }
    DaemonUnderTest daemon;
    daemon.job("keeper", shell_job("(" + child(daemon, "hidden", "setsid env -i >/dev/null 2>&1") +
                                   "); exec sleep 1000"));
    daemon.job("other", shell_job("exec sleep 1000"));
    daemon.start();
    const pid_t hidden = signed_pid(daemon, "hidden");
    ASSERT_TRUE(eventually([&] { return std::ranges::count(children_of(daemon.pid()), hidden); }));
    ASSERT_GT(daemon.running("keeper"), 0);
    for (int death = 1; death <= 3; ++death) {
        ASSERT_EQ(kill(daemon.running("other", death), SIGKILL), 0);
    }
    ASSERT_GT(daemon.running("other", 4), 0);
    daemon.remove_job("other");
    ASSERT_TRUE(daemon.says("other: stopped: "));
    EXPECT_EQ(daemon.said("left behind"), 0);
    EXPECT_TRUE(is_alive(hidden));
    // It goes with the job that made it.
    daemon.remove_job("keeper");
    EXPECT_TRUE(eventually([&] { return !is_alive(hidden); }));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(LeftBehind, what_a_crashed_job_left_is_stopped_before_the_next_start) {
    DaemonUnderTest daemon;
    daemon.job("leaves",
               shell_job(child(daemon, "child") + child(daemon, "hidden", "setsid env -i") +
                             "echo $$ > " + daemon.path("main") + "; sleep 1000",
                         "[restart]\nreset_after = \"0s\"\n"));
    daemon.start();
    const pid_t child_pid = signed_pid(daemon, "child");
    const pid_t hidden = signed_pid(daemon, "hidden");
    const pid_t main = signed_pid(daemon, "main");
    ASSERT_EQ(kill(main, SIGKILL), 0);
    ASSERT_GT(daemon.running("leaves", 2), 0);
    EXPECT_FALSE(is_alive(child_pid));
    EXPECT_FALSE(is_alive(hidden));
    EXPECT_TRUE(daemon.says("; first stopping the "));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(LeftBehind, a_program_that_forks_itself_into_the_background_never_multiplies) {
    DaemonUnderTest daemon;
    daemon.job("daemonizes", shell_job("setsid sleep 1000 > /dev/null 2>&1 & echo $! >> " +
                                           daemon.path("pids") + "; exit 0",
                                       "[restart]\npolicy = \"always\"\n"));
    daemon.start();
    ASSERT_TRUE(daemon.says("daemonizes: forked itself into the background (pid "));
    EXPECT_TRUE(daemon.says("); run it in the foreground"));
    const pid_t pid = signed_pid(daemon, "pids");
    EXPECT_TRUE(goes_away(pid));
    // Another crash loop has long come back by the time that a second start could have been.
    daemon.job("marker", "command = [\"false\"]\n");
    ASSERT_TRUE(daemon.says("marker: exited 1 after ", 3));
    EXPECT_EQ(daemon.sign("pids"), std::to_string(pid));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(LeftBehind, the_end_of_the_daemon_leaves_no_process) {
    DaemonUnderTest daemon;
    daemon.job("family", shell_job(child(daemon, "child", "setsid env -i") + "exec sleep 1000"));
    daemon.start();
    const pid_t pid = signed_pid(daemon, "child");
    ASSERT_GT(daemon.running("family"), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_FALSE(is_alive(pid));
}

}  // namespace
}  // namespace respawnd::tests
