// What jobs write: every line once and in order, whatever dies, and nothing of it holds up the
// daemon.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

std::string shell_job(const std::string& text, const std::string& more = "") {
    return "command = [\"/bin/sh\", \"-c\", '''" + text + "''']\n" + more;
}

constexpr const char* endless =
    "[restart]\npolicy = \"always\"\nbackoff = \"0s\"\nreset_after = \"0s\"\n";

TEST(Output, a_restarting_job_has_every_line_in_its_log_in_order) {
    DaemonUnderTest daemon;
    constexpr int runs = 20;
    constexpr int lines = 100;
    const std::string number = daemon.path("number");
    write_file(number, "0\n");
    daemon.job("writer", shell_job("read n < " + number +
                                       "; n=$((n + 1)); [ $n -gt 20 ] && exec sleep 1000; "
                                       "echo $n > " +
                                       number +
                                       "; i=0; while [ $i -lt 100 ]; do i=$((i + 1)); "
                                       "echo run $n line $i; done; echo run $n complains >&2; "
                                       "printf \"run $n ends here\"; kill -9 $$",
                                   endless));
    daemon.start();
    std::string expected;
    for (int run = 1; run <= runs; ++run) {
        const std::string begin = "run " + std::to_string(run);
        for (int line = 1; line <= lines; ++line) {
            expected += begin + " line " + std::to_string(line) + "\n";
        }
        expected += begin + " complains\n" + begin + " ends here\n";
    }
    EXPECT_TRUE(daemon.logs("writer", "run 20 ends here\n"));
    EXPECT_EQ(daemon.log("writer"), expected);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.log("writer"), expected);
}

TEST(Output, nothing_is_lost_when_the_logger_is_killed_and_the_job_does_not_notice) {
    DaemonUnderTest daemon;
    daemon.job("counter",
               shell_job("i=0; while [ ! -e " + daemon.path("enough") +
                         " ]; do i=$((i + 1)); echo line $i; sleep 0.01; done; echo $i > " +
                         daemon.path("lines") + "; exec sleep 1000"));
    daemon.start();
    const pid_t job = daemon.running("counter");
    ASSERT_TRUE(daemon.logs("counter", "line "));
    for (int death = 1; death <= 3; ++death) {
        const pid_t logger = daemon.logger();
        ASSERT_GT(logger, 0);
        const int lines = count(daemon.log("counter"), "\n");
        ASSERT_EQ(kill(logger, SIGKILL), 0);
        EXPECT_TRUE(daemon.says("respawn-logger killed by SIGKILL; starting it again", death));
        ASSERT_TRUE(daemon.logs("counter", "\n", lines + 10));
    }
    EXPECT_TRUE(is_alive(job));
    write_file(daemon.path("enough"), "");
    const int lines = std::atoi(daemon.sign("lines").c_str());
    EXPECT_EQ(daemon.stop(), 0);
    std::string expected;
    for (int line = 1; line <= lines; ++line) {
        expected += "line " + std::to_string(line) + "\n";
    }
    EXPECT_EQ(daemon.log("counter"), expected);
    EXPECT_EQ(daemon.said("counter: running"), 1);
}

TEST(Output, lines_of_instances_that_share_a_log_stay_whole) {
    DaemonUnderTest daemon;
    constexpr std::size_t length = 9000;
    constexpr int instances = 4;
    constexpr int lines = 100;
    daemon.job("pool", "instances = 4\n" +
                           shell_job("awk \"BEGIN { while (length(s) < 9000) s = s %i; "
                                     "for (i = 0; i < 100; i++) print s }\"; exec sleep 1000"));
    daemon.start();
    ASSERT_TRUE(daemon.logs("pool", "\n", instances * lines));
    std::istringstream text(daemon.log("pool"));
    for (std::string line; std::getline(text, line);) {
        ASSERT_EQ(line, std::string(length, line.front()));
    }
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Output, a_log_folder_that_cannot_be_written_is_said_with_what_mends_it_and_jobs_go_on) {
    DaemonUnderTest daemon;
    const std::string folder = daemon.folder() + "/log";
    std::filesystem::create_directory(folder);
    ASSERT_EQ(chmod(folder.c_str(), 0555), 0);
    daemon.job("talks", shell_job("while :; do echo hello; sleep 0.02; done"));
    daemon.start();
    const pid_t pid = daemon.running("talks");
    ASSERT_GT(pid, 0);
    EXPECT_TRUE(daemon.says("open log file \"" + folder + "/talks.log\": Permission denied"));
    EXPECT_TRUE(daemon.says("(this mends it: chmod u+rwx " + folder + ")"));
    ASSERT_EQ(chmod(folder.c_str(), 0755), 0);
    EXPECT_TRUE(daemon.logs("talks", "hello\n"));
    EXPECT_TRUE(is_alive(pid));
    EXPECT_EQ(daemon.said("open log file"), 1);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Output, a_flood_holds_up_nobody) {
    DaemonUnderTest daemon;
    daemon.job("flood", shell_job("yes | head -c 100000000; exec sleep 1000",
                                  "[log]\nmax_size = \"infinity\"\n"));
    daemon.job("other", "command = [\"sleep\", \"1000\"]\n[restart]\nreset_after = \"0s\"\n");
    daemon.start();
    ASSERT_TRUE(daemon.logs("flood", "y\n"));
    for (int death = 1; death <= 4; ++death) {
        const pid_t pid = daemon.running("other", death);
        ASSERT_GT(pid, 0);
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    EXPECT_GT(daemon.running("other", 5), 0);
    EXPECT_EQ(daemon.said("; starting again at once"), 4);
    constexpr std::uintmax_t all = 100'000'000;
    EXPECT_TRUE(eventually([&] {
        std::error_code problem;
        return std::filesystem::file_size(daemon.folder() + "/log/flood.log", problem) == all;
    }));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Output, a_job_that_closes_its_output_runs_and_is_stopped_as_any_other) {
    DaemonUnderTest daemon;
    daemon.job("silent", shell_job("echo before; exec >&- 2>&-; echo closed > " +
                                       daemon.path("closed") + "; exec sleep 1000",
                                   endless));
    daemon.start();
    for (int run = 1; run <= 2; ++run) {
        const pid_t pid = daemon.running("silent", run);
        ASSERT_EQ(daemon.sign("closed"), "closed");
        ASSERT_TRUE(daemon.logs("silent", "before\n", run));
        EXPECT_TRUE(is_alive(pid));
        std::filesystem::remove(daemon.path("closed"));
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    EXPECT_GT(daemon.running("silent", 3), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Output, with_target_none_nothing_is_kept) {
    DaemonUnderTest daemon;
    daemon.job("mute",
               shell_job("echo lost; echo said > " + daemon.path("said") + "; exec sleep 1000",
                         "[log]\ntarget = \"none\"\n"));
    daemon.start();
    ASSERT_EQ(daemon.sign("said"), "said");
    const std::string descriptors = "/proc/" + std::to_string(daemon.running("mute")) + "/fd/";
    EXPECT_EQ(std::filesystem::read_symlink(descriptors + "1"), "/dev/null");
    EXPECT_EQ(std::filesystem::read_symlink(descriptors + "2"), "/dev/null");
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_FALSE(exists(daemon.folder() + "/log/mute.log"));
    EXPECT_EQ(daemon.output(), "");
}

}  // namespace
}  // namespace respawnd::tests
