// Starts that fail: each says which step failed and why, the rest runs on, and what heals by itself
// is tried again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "scenario/daemon_under_test.h"
#include "scenario/notify_recorder.h"
#include "scenario/refused_calls.h"

namespace respawnd::tests {
namespace {

constexpr const char* sleeper = "command = [\"sleep\", \"1000\"]\n[log]\ntarget = \"none\"\n";
constexpr const char* never = "[restart]\npolicy = \"never\"\n";

std::string run_of(const std::string& program) {
    return "command = [\"" + program + "\"]\n" + never;
}

/// strace as the daemon's own descendant, so that the daemon keeps the number and the parent that
/// the test knows. `what` are its words for what goes wrong.
std::vector<std::string> strace(const DaemonUnderTest& daemon,
                                const std::vector<std::string>& what) {
    std::vector<std::string> words{"strace", "-D", "-f", "-qqq", "-o", daemon.folder() + "/strace"};
    words.insert(words.end(), what.begin(), what.end());
    return words;
}

#define NEEDS_STRACE()                                          \
    if (std::system("command -v strace > /dev/null 2>&1") != 0) \
    GTEST_SKIP() << "strace is not installed"

void make_program(const std::string& path, const std::string& text, mode_t mode = 0755) {
    write_file(path, text);
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
}

TEST(FailingStart, each_says_in_words_what_is_wrong_and_the_rest_runs) {
    DaemonUnderTest daemon;
    const std::string folder = daemon.folder() + "/programs";
    std::filesystem::create_directory(folder);
    make_program(folder + "/no-interpreter", "#!/no/such/interpreter\n");
    make_program(folder + "/windows", "#!/bin/sh\r\necho hello\r\n");
    make_program(folder + "/no-bit", "#!/bin/sh\n", 0644);
    make_program(folder + "/text", "echo hello\n");
    make_program(folder + "/empty", "");
    make_program(folder + "/loop", "#!" + folder + "/loop\n");
    daemon.job("missing", run_of("/no/such/program"));
    daemon.job("not-in-path", run_of("no-such-program"));
    daemon.job("interpreter", run_of(folder + "/no-interpreter"));
    daemon.job("windows", run_of(folder + "/windows"));
    daemon.job("no-bit", run_of(folder + "/no-bit"));
    daemon.job("text", run_of(folder + "/text"));
    daemon.job("empty", run_of(folder + "/empty"));
    daemon.job("folder", run_of(folder));
    daemon.job("below-file", run_of(folder + "/text/program"));
    daemon.job("loop", run_of(folder + "/loop"));
    daemon.job("nowhere", "directory = \"/no/such/folder\"\n" + std::string(sleeper) + never);
    daemon.job("in-file", "directory = \"" + folder + "/text\"\n" + sleeper + never);
    daemon.job("good", sleeper);
    daemon.start();
    EXPECT_GT(daemon.running("good"), 0);
    const std::string quoted = "\"" + folder;
    for (const std::string& sentence :
         {std::string("missing: run \"/no/such/program\": No such file or directory (\"/no\" does "
                      "not exist); policy \"never\" leaves that alone"),
          std::string("not-in-path: run \"no-such-program\": not found in PATH "
                      "(/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin); policy"),
          "interpreter: interpreter \"/no/such/interpreter\" of " + quoted +
              "/no-interpreter\" not found; policy",
          "windows: interpreter \"/bin/sh\" of " + quoted +
              "/windows\" not found: the \"#!\" line ends in a carriage return (CRLF); save the "
              "file with Unix line ends; policy",
          "no-bit: run " + quoted +
              "/no-bit\": Permission denied (the file is not executable; chmod +x makes it so)",
          "text: run " + quoted +
              "/text\": it has no \"#!\" line and no program format the kernel knows; policy",
          "empty: run " + quoted + "/empty\": the file is empty; policy",
          "folder: run " + quoted + "\": it is a directory; policy",
          "below-file: run " + quoted + "/text/program\": Not a directory (" + quoted +
              "/text\" is not a directory); policy",
          "loop: run " + quoted +
              "/loop\": Too many levels of symbolic links (too many symbolic links, or scripts "
              "that name each other in \"#!\"); policy",
          std::string("nowhere: enter directory \"/no/such/folder\": No such file or directory"),
          "in-file: enter directory " + quoted + "/text\": Not a directory"}) {
        EXPECT_TRUE(daemon.says(sentence)) << sentence;
    }
    EXPECT_EQ(daemon.said(": running, pid "), 1);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(FailingStart, a_missing_program_is_tried_again_and_runs_once_it_is_there) {
    DaemonUnderTest daemon;
    const std::string program = daemon.path("program");
    daemon.job("later", "command = [\"" + program + "\"]\n[restart]\nmax_backoff = \"200ms\"\n");
    daemon.start();
    ASSERT_TRUE(daemon.says("later: run \"" + program + "\": No such file or directory", 2));
    make_program(program + ".new", "#!/bin/sh\nexec sleep 1000\n");
    std::filesystem::rename(program + ".new", program);
    EXPECT_GT(daemon.running("later"), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(FailingStart, what_the_jobs_user_may_not_do_is_found_as_that_user) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can start jobs of other users";
    }
    DaemonUnderTest daemon;
    const std::string closed = daemon.folder() + "/closed";
    std::filesystem::create_directory(closed);
    make_program(closed + "/program", "#!/bin/sh\n");
    make_program(daemon.folder() + "/own", "#!/bin/sh\n", 0700);
    ASSERT_EQ(chmod(closed.c_str(), 0700), 0);
    const std::string user = "user = \"nobody\"\n";
    daemon.job("folder", user + run_of(closed + "/program"));
    daemon.job("file", user + run_of(daemon.folder() + "/own"));
    daemon.job("enters", user + "directory = \"" + closed + "\"\n" + sleeper + never);
    daemon.start();
    EXPECT_TRUE(daemon.says("folder: run \"" + closed +
                            "/program\": Permission denied (user \"nobody\" cannot search \"" +
                            closed + "\")"));
    EXPECT_TRUE(daemon.says("file: run \"" + daemon.folder() +
                            "/own\": Permission denied (user \"nobody\" may not execute it)"));
    EXPECT_TRUE(daemon.says("enters: enter directory \"" + closed + "\": Permission denied"));
    EXPECT_EQ(daemon.said(": running"), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(FailingStart, a_doubtful_user_never_becomes_root) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can start jobs of other users";
    }
    DaemonUnderTest daemon;
    const std::vector<std::string> users{"nosuchuser", "0x0", "007", "-1", "4294967295", "65535",
                                         "0day",       "",    " ",   "+0", "root\\n",    "0.0"};
    for (std::size_t i = 0; i < users.size(); ++i) {
        daemon.job("doubtful" + std::to_string(i),
                   "user = \"" + users[i] + "\"\ncommand = [\"/bin/sh\", \"-c\", \"id -u > " +
                       daemon.path("ran" + std::to_string(i)) + "\"]\n" + never);
    }
    daemon.job("group", "group = \"nosuchgroup\"\n" + std::string(sleeper) + never);
    daemon.start();
    EXPECT_TRUE(daemon.says("doubtful0: user \"nosuchuser\" does not exist"));
    EXPECT_TRUE(daemon.says("group: group \"nosuchgroup\" does not exist"));
    daemon.job("good", sleeper);
    EXPECT_GT(daemon.running("good"), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.said(": running, pid "), 1);
    for (std::size_t i = 0; i < users.size(); ++i) {
        const std::string name = "doubtful" + std::to_string(i);
        EXPECT_GE(daemon.said(name + ": ") + daemon.said(name + ".toml:"), 1) << users[i];
        EXPECT_FALSE(exists(daemon.path("ran" + std::to_string(i)))) << users[i];
    }
}

TEST(FailingStart, a_job_whose_privileges_cannot_be_dropped_does_not_run) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can start jobs of other users";
    }
    for (const auto& [number, words] :
         {std::pair{SYS_setresuid, "become user \"nobody\": Operation not permitted"},
          std::pair{SYS_setresgid, "take group 65534: Operation not permitted"},
          std::pair{SYS_setgroups,
                    "take the supplementary groups of user \"nobody\": Operation not permitted"}}) {
        DaemonUnderTest daemon;
        daemon.job("dropped", "user = \"nobody\"\ncommand = [\"/bin/sh\", \"-c\", \"id -u > " +
                                  daemon.path("ran") + "\"]\n" + never);
        daemon.job("kept", sleeper);
        daemon.start({.before_exec = [refused = number] { refuse_calls({refused}, EPERM); }});
        EXPECT_TRUE(daemon.says(std::string("dropped: ") + words));
        EXPECT_GT(daemon.running("kept"), 0);
        EXPECT_EQ(daemon.stop(), 0);
        EXPECT_FALSE(exists(daemon.path("ran")));
    }
}

TEST(FailingStart, a_privilege_that_is_only_said_to_be_dropped_does_not_run_either) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can start jobs of other users";
    }
    DaemonUnderTest daemon;
    daemon.job("dropped", "user = \"nobody\"\ncommand = [\"/bin/sh\", \"-c\", \"id -u > " +
                              daemon.path("ran") + "\"]\n" + never);
    // The filter answers 0 without doing anything.
    daemon.start({.before_exec = [] { refuse_calls({SYS_setresuid}, 0); }});
    EXPECT_TRUE(daemon.says("dropped: check that privileges are dropped to user \"nobody\""));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_FALSE(exists(daemon.path("ran")));
}

class RefusedFork : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RefusedFork, is_said_and_tried_again_and_counts_at_no_limit) {
    NEEDS_STRACE();
    const auto& [error, words] = GetParam();
    DaemonUnderTest daemon;
    daemon.job("refused", "instances = 3\n" + std::string(sleeper) +
                              "[restart]\nlimit = 1\nbackoff = \"10ms\"\n");
    // The first call starts the logger.
    daemon.start(
        {.wrapper = strace(daemon, {"-e", "trace=clone3", "-e",
                                    std::string("inject=clone3:error=") + error + ":when=3..9"})});
    for (const char* name : {"refused@1", "refused@2", "refused@3"}) {
        EXPECT_GT(daemon.running(name), 0);
    }
    EXPECT_GE(daemon.said(words), 3) << words;
    EXPECT_EQ(daemon.said("giving up"), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(FailingStart, RefusedFork,
                         testing::Values(std::pair{"EAGAIN", "Resource temporarily unavailable"},
                                         std::pair{"ENOMEM", "Cannot allocate memory"}),
                         [](const auto& tested) { return tested.param.first; });

class RefusedClone3 : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(RefusedClone3, everything_works_by_the_older_call) {
    DaemonUnderTest daemon;
    daemon.job("sleeper", std::string(sleeper) + "[restart]\nreset_after = \"0s\"\n");
    daemon.job("writer",
               "command = [\"/bin/sh\", \"-c\", \"grep Sig /proc/self/status; exec sleep 1000\"]\n"
               "[log]\ntarget = \"inherit\"\n");
    daemon.job("missing", run_of("/no/such/program"));
    daemon.start({.before_exec = [] { refuse_calls({SYS_clone3}, GetParam().second); }});
    const pid_t pid = daemon.running("sleeper");
    ASSERT_GT(pid, 0);
    EXPECT_TRUE(daemon.says("missing: run \"/no/such/program\": No such file or directory"));
    EXPECT_TRUE(daemon.prints("writer | SigBlk:\t0000000000000000\n"));
    EXPECT_TRUE(daemon.prints("writer | SigIgn:\t0000000000000000\n"));
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    EXPECT_GT(daemon.running("sleeper", 2), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(FailingStart, RefusedClone3,
                         testing::Values(std::pair{"ENOSYS", ENOSYS}, std::pair{"EPERM", EPERM}),
                         [](const auto& tested) { return std::string(tested.param.first); });

/// What a process has used of the processors.
std::chrono::milliseconds cpu_time_of(pid_t pid) {
    std::istringstream stat(read_file("/proc/" + std::to_string(pid) + "/stat"));
    std::string word;
    constexpr int words_before = 13;
    for (int i = 0; i < words_before; ++i) {
        stat >> word;
    }
    long user = 0;
    long system = 0;
    stat >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
}

void limit_descriptors(pid_t pid, rlim_t soft) {
    rlimit limit{};
    ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, nullptr, &limit), 0);
    limit.rlim_cur = soft;
    ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, &limit, nullptr), 0);
}

TEST(FailingStart, without_descriptors_the_rest_lives_and_a_job_waits_for_room) {
    DaemonUnderTest daemon;
    daemon.job("calm", sleeper);
    daemon.job("killed", std::string(sleeper) +
                             "[restart]\nlimit = 2\nreset_after = \"0s\"\nmax_backoff = \"500ms\"");
    daemon.start();
    const pid_t calm = daemon.running("calm");
    const pid_t first = daemon.running("killed");
    ASSERT_GT(calm, 0);
    ASSERT_GT(first, 0);
    constexpr rlim_t none = 3;
    limit_descriptors(daemon.pid(), none);
    const auto used_before = cpu_time_of(daemon.pid());
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(kill(first, SIGKILL), 0);
    ASSERT_TRUE(daemon.says("Too many open files", 5));
    daemon.job("late", sleeper);
    const auto waited = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(cpu_time_of(daemon.pid()) - used_before, waited / 10 + std::chrono::milliseconds(50));
    EXPECT_TRUE(is_alive(calm));
    EXPECT_EQ(daemon.said("giving up"), 0);
    constexpr rlim_t plenty = 1000;
    limit_descriptors(daemon.pid(), plenty);
    EXPECT_GT(daemon.running("killed", 2), 0);
    EXPECT_GT(daemon.running("late"), 0);
    EXPECT_TRUE(is_alive(calm));
    EXPECT_EQ(daemon.stop(), 0);
}

/// A program whose exec hangs, as on a network mount that has gone away, while the object lives:
/// the kernel asks a listener who never answers.
class HangingProgram : public testing::Test {
  protected:
    void SetUp() override {
        if (geteuid() != 0) {
            GTEST_SKIP() << "only root can hold up an exec";
        }
        std::filesystem::copy_file("/bin/sleep", program());
        listener_ = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
        if (listener_ < 0 || fanotify_mark(listener_, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, AT_FDCWD,
                                           program().c_str()) != 0) {
            GTEST_SKIP() << "no fanotify for exec: " << std::strerror(errno);
        }
    }
    ~HangingProgram() override {
        if (listener_ >= 0) {
            (void)close(listener_);  // lets go whoever waits
        }
    }
    [[nodiscard]] std::string program() const { return folder_.path() + "/sleep"; }
    [[nodiscard]] std::string job() const {
        return "command = [\"" + program() + "\", \"1000\"]\n[log]\ntarget = \"none\"\n";
    }

  private:
    TemporaryFolder folder_;
    int listener_ = -1;
};

TEST_F(HangingProgram, holds_up_nobody_and_goes_away_with_its_file) {
    DaemonUnderTest daemon;
    daemon.job("hangs", job());
    daemon.start();
    daemon.job("other", std::string(sleeper) + "[restart]\nreset_after = \"0s\"\n");
    const pid_t pid = daemon.running("other");
    ASSERT_GT(pid, 0);
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    ASSERT_GT(daemon.running("other", 2), 0);
    daemon.remove_job("hangs");
    EXPECT_TRUE(daemon.says("hangs: stopped: "));
    EXPECT_EQ(daemon.said("hangs: running"), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(HangingProgram, does_not_hold_up_the_end_of_the_daemon) {
    DaemonUnderTest daemon;
    daemon.job("hangs", job());
    daemon.job("other", sleeper);
    daemon.start();
    ASSERT_GT(daemon.running("other"), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.said("hangs: running"), 0);
}

TEST_F(HangingProgram, is_given_up_at_its_deadline_and_then_the_daemon_is_ready) {
    if (!wants_all()) {
        GTEST_SKIP() << "takes the 20 s that a start may take; ./dev test --all runs it";
    }
    DaemonUnderTest daemon;
    Recorder manager(daemon.folder() + "/notify");
    daemon.job("hangs", job());
    daemon.job("other", sleeper);
    daemon.start({.environment = {{"NOTIFY_SOCKET", daemon.folder() + "/notify"}}});
    ASSERT_GT(daemon.running("other"), 0);
    EXPECT_EQ(count(manager.heard(), "READY=1"), 0);
    EXPECT_TRUE(daemon.says(
        "hangs: not started within 20 s (its folder or program may be on a disk that hangs); "
        "starting again in "));
    EXPECT_TRUE(manager.hears("READY=1"));
    EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace respawnd::tests
