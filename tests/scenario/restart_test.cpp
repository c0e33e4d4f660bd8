// [restart]: what leads to a new start, when, and when it is given up.
#include <gtest/gtest.h>

#include <csignal>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

std::string job_that(const std::string& shell_text, const std::string& restart) {
    return "command = [\"/bin/sh\", \"-c\", '''" + shell_text + "''']\n[log]\ntarget = \"none\"\n" +
           "[restart]\n" + restart;
}

TEST(Restart, a_clean_end_under_on_failure_is_left_alone_and_the_hint_says_what_to_write) {
    DaemonUnderTest daemon;
    daemon.job("once", job_that("exit 0", ""));
    daemon.start();
    EXPECT_TRUE(daemon.says("once: exited 0 after "));
    EXPECT_TRUE(
        daemon.says("; policy \"on-failure\" leaves that alone (policy = \"always\" restarts it)"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, always_restarts_a_clean_end) {
    DaemonUnderTest daemon;
    daemon.job("worker", job_that("exit 0", "policy = \"always\"\n"));
    daemon.start();
    EXPECT_TRUE(daemon.says("worker: exited 0 after ", 3));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, never_leaves_a_failure_alone) {
    DaemonUnderTest daemon;
    daemon.job("once", job_that("exit 3", "policy = \"never\"\n"));
    daemon.start();
    EXPECT_TRUE(daemon.says("once: exited 3 after "));
    EXPECT_TRUE(daemon.says("; policy \"never\" leaves that alone"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, a_signal_is_a_failure_unless_success_lists_it) {
    DaemonUnderTest daemon;
    daemon.job("term", job_that("kill -TERM $$", "success = [0, \"SIGTERM\"]\n"));
    daemon.job("segv", job_that("ulimit -c 0; kill -SEGV $$", ""));
    daemon.start();
    EXPECT_TRUE(daemon.says("term: killed by SIGTERM after "));
    EXPECT_TRUE(daemon.says("leaves that alone"));
    EXPECT_TRUE(daemon.says("segv: killed by SIGSEGV after ", 2));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, a_crash_loop_ends_in_failed_after_limit) {
    DaemonUnderTest daemon;
    daemon.job("loop", job_that("echo run >> " + daemon.path("runs") + "; exit 1",
                                "limit = 3\nbackoff = \"10ms\"\n"));
    daemon.start();
    EXPECT_TRUE(daemon.says("loop: exited 1 after ", 4));
    EXPECT_TRUE(
        daemon.says("; giving up: 3 restarts after failures within 10 min are the limit; "
                    "it stays down until its file changes"));
    EXPECT_EQ(read_file(daemon.path("runs")), "run\nrun\nrun\nrun\n");
    // An edit begins anew.
    daemon.job("loop", job_that("echo run >> " + daemon.path("runs") + "; exec sleep 1000",
                                "limit = 3\nbackoff = \"10ms\"\n"));
    EXPECT_TRUE(eventually([&] { return read_file(daemon.path("runs")).size() == 20; }));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, fatal_ends_are_not_tried_again) {
    DaemonUnderTest daemon;
    daemon.job("config", job_that("exit 78", "policy = \"always\"\nfatal = [64, 78]\n"));
    daemon.start();
    EXPECT_TRUE(daemon.says("config: exited 78 after "));
    EXPECT_TRUE(daemon.says("; giving up: \"fatal\" lists that"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, a_failed_instance_is_tried_again_after_retry_after) {
    DaemonUnderTest daemon;
    daemon.job("again", job_that("echo run >> " + daemon.path("runs") + "; exit 78",
                                 "fatal = [78]\nretry_after = \"1s\"\n"));
    daemon.start();
    EXPECT_TRUE(daemon.says("trying anew in 1 s", 2));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, a_storm_without_any_wait_leaves_the_daemon_responsive_and_its_log_small) {
    DaemonUnderTest daemon;
    daemon.job("storm", job_that("exit 1", "backoff = \"0s\"\n"));
    daemon.start();
    ASSERT_TRUE(daemon.says("storm: exited 1 after ", 3));
    daemon.job("calm", "command = [\"sleep\", \"1000\"]\n");
    EXPECT_GT(daemon.running("calm"), 0);
    daemon.remove_job("storm");
    EXPECT_TRUE(eventually([&] { return daemon.said("storm: ") > 0; }));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_LT(daemon.said("storm: exited 1"), 40);
}

TEST(Restart, an_edit_that_the_program_does_not_see_leaves_it_running) {
    DaemonUnderTest daemon;
    const std::string text = "command = [\"sleep\", \"1000\"]\n";
    daemon.job("kept", text);
    daemon.start();
    const pid_t pid = daemon.running("kept");
    ASSERT_GT(pid, 0);
    daemon.job("kept", "description = \"another\"\n" + text + "[stop]\nsignal = \"INT\"\n");
    daemon.job("marker", text);
    ASSERT_GT(daemon.running("marker"), 0);
    EXPECT_TRUE(is_alive(pid));
    // What applies live is in force: the stop sends the new signal.
    daemon.remove_job("kept");
    EXPECT_TRUE(daemon.says("kept: stopped: killed by SIGINT after "));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, an_edit_of_the_program_restarts_it) {
    DaemonUnderTest daemon;
    daemon.job("edited", "command = [\"sleep\", \"1000\"]\n");
    daemon.start();
    const pid_t pid = daemon.running("edited");
    ASSERT_GT(pid, 0);
    daemon.job("edited", "command = [\"sleep\", \"1001\"]\n");
    EXPECT_TRUE(daemon.says("edited: restarting, its definition has changed"));
    EXPECT_GT(daemon.running("edited", 2), 0);
    EXPECT_FALSE(is_alive(pid));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, fewer_instances_stop_the_highest_numbers_only) {
    DaemonUnderTest daemon;
    daemon.job("pool", "instances = 4\ncommand = [\"sleep\", \"1000\"]\n");
    daemon.start();
    const pid_t first = daemon.running("pool@1");
    const pid_t second = daemon.running("pool@2");
    const pid_t third = daemon.running("pool@3");
    const pid_t fourth = daemon.running("pool@4");
    daemon.job("pool", "instances = 2\ncommand = [\"sleep\", \"1000\"]\n");
    EXPECT_TRUE(eventually([&] { return !is_alive(third) && !is_alive(fourth); }));
    EXPECT_TRUE(is_alive(first));
    EXPECT_TRUE(is_alive(second));
    daemon.job("pool", "instances = 3\ncommand = [\"sleep\", \"1000\"]\n");
    EXPECT_GT(daemon.running("pool@3", 2), 0);
    EXPECT_TRUE(is_alive(first));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, a_job_that_is_not_enabled_waits_for_it) {
    DaemonUnderTest daemon;
    daemon.job("later", "enabled = false\ncommand = [\"sleep\", \"1000\"]\n");
    daemon.start();
    ASSERT_TRUE(daemon.says("1 job from "));
    daemon.job("later", "command = [\"sleep\", \"1000\"]\n");
    const pid_t pid = daemon.running("later");
    EXPECT_GT(pid, 0);
    EXPECT_EQ(daemon.said("later: running"), 1);
    daemon.job("later", "enabled = false\ncommand = [\"sleep\", \"1000\"]\n");
    EXPECT_TRUE(daemon.says("later: stopping, its file says enabled = false"));
    EXPECT_TRUE(eventually([&] { return !is_alive(pid); }));
    EXPECT_EQ(daemon.stop(), 0);
}

#ifndef __SANITIZE_ADDRESS__  // its library insists on being the first that is loaded
TEST(Restart, a_wall_clock_that_jumps_by_years_changes_no_wait) {
    DaemonUnderTest daemon;
    const std::string clock = daemon.path("clock");
    daemon.job("loop", job_that("echo >> " + daemon.path("runs") + "; exit 1",
                                "backoff = \"300ms\"\nmultiplier = 1.0\n"));
    daemon.start({.environment = {
                      {"LD_PRELOAD", RESPAWND_BINARY_DIR "/tests/libjumping_clock.so"},
                      {"RESPAWND_CLOCK_OFFSET", clock},
                      {"PATH", "/usr/bin:/bin"},
                  }});
    const auto runs = [&] { return read_file(daemon.path("runs")).size(); };
    constexpr long ten_years = 315360000;
    for (const long offset : {ten_years, -ten_years, 0L, ten_years}) {
        const std::size_t before = runs();
        ASSERT_TRUE(eventually([&] { return runs() >= before + 1; }));
        place_file(clock, std::to_string(offset));
        ASSERT_TRUE(eventually([&] { return runs() >= before + 3; })) << offset;
    }
    daemon.job("second", job_that("sleep 1000", ""));
    EXPECT_GT(daemon.running("second"), 0);
    // The time in front of the messages shows that the daemon saw the jumps.
    const time_t then = time(nullptr) + ten_years;
    tm date{};
    const std::string year = std::to_string(gmtime_r(&then, &date)->tm_year + 1900);
    EXPECT_TRUE(daemon.says(year + "-"));
    EXPECT_EQ(daemon.stop(), 0);
}
#endif

}  // namespace
}  // namespace respawnd::tests
