// A job runs, dies and comes back; and what it finds around itself when it starts.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

constexpr const char* sleeper = "command = [\"sleep\", \"1000\"]\n[log]\ntarget = \"none\"\n";

/// A job that writes what the shell text prints into the sign `facts`, then sleeps.
std::string reporting_job(const DaemonUnderTest& daemon, const std::string& shell_text,
                          const std::string& more = "") {
    return more + "command = [\"/bin/sh\", \"-c\", '''(" + shell_text + ") > " +
           daemon.path("facts.new") + " 2>&1; mv " + daemon.path("facts.new") + " " +
           daemon.path("facts") + "; exec sleep 1000''']\n";
}

/// The value behind `key:` in a text of /proc/PID/status's form.
std::string field(const std::string& text, const std::string& key) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(key + ":")) {
            return line.substr(line.find_first_not_of(" \t", key.size() + 1));
        }
    }
    return "(no " + key + ")";
}

TEST(Running, a_killed_job_comes_back_at_once_when_it_was_stable) {
    DaemonUnderTest daemon;
    daemon.job("mailer", std::string(sleeper) + "[restart]\nreset_after = \"0s\"\n");
    daemon.start();
    const pid_t first = daemon.running("mailer");
    ASSERT_GT(first, 0);
    ASSERT_EQ(kill(first, SIGKILL), 0);
    const pid_t second = daemon.running("mailer", 2);
    EXPECT_GT(second, 0);
    EXPECT_NE(first, second);
    EXPECT_EQ(daemon.said("mailer: killed by SIGKILL after "), 1);
    EXPECT_EQ(daemon.said("; starting again at once"), 1);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_FALSE(is_alive(second));
    EXPECT_EQ(daemon.said("stopped 1 instance"), 1);
}

TEST(Running, an_end_is_told_with_its_reason_and_what_comes_next) {
    DaemonUnderTest daemon;
    daemon.job("flaky", "command = [\"/bin/sh\", \"-c\", \"exit 3\"]\n[restart]\njitter = 0\n");
    daemon.start();
    EXPECT_TRUE(daemon.says("flaky: exited 3 after "));
    EXPECT_TRUE(daemon.says("; starting again in 0.1 s"));
    EXPECT_TRUE(daemon.says("; starting again in 0.2 s"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, instances_know_who_they_are) {
    DaemonUnderTest daemon;
    daemon.job("worker",
               "instances = 3\ncommand = [\"/bin/sh\", \"-c\", \"echo $RESPAWND_JOB "
               "$RESPAWND_INSTANCE %n-%02i > " +
                   daemon.path("who%i.new") + "; mv " + daemon.path("who%i.new") + " " +
                   daemon.path("who%i") + "; exec sleep 1000\"]\n");
    daemon.start();
    EXPECT_EQ(daemon.sign("who1"), "worker worker@1 worker-01");
    EXPECT_EQ(daemon.sign("who2"), "worker worker@2 worker-02");
    EXPECT_EQ(daemon.sign("who3"), "worker worker@3 worker-03");
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, a_job_starts_with_clean_signals_whatever_the_daemon_was_started_with) {
    DaemonUnderTest daemon;
    daemon.job("clean", reporting_job(daemon, "cat /proc/self/status"));
    daemon.start({.before_exec = [] {
        sigset_t all;
        (void)sigfillset(&all);
        (void)sigprocmask(SIG_SETMASK, &all, nullptr);
        for (const int ignored : {SIGPIPE, SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1}) {
            (void)::signal(ignored, SIG_IGN);
        }
    }});
    const std::string facts = daemon.sign("facts");
    EXPECT_EQ(field(facts, "SigBlk"), "0000000000000000");
    EXPECT_EQ(field(facts, "SigIgn"), "0000000000000000");
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, a_job_has_three_descriptors_and_no_terminal_at_the_first_start_and_later) {
    DaemonUnderTest daemon;
    daemon.job("fds", reporting_job(daemon,
                                    "ls -l /proc/$$/fd | grep -v total | wc -l; readlink "
                                    "/proc/$$/fd/0; ps -o sid= -p $$ | tr -d \" \"; echo $$; : < "
                                    "/dev/tty") +
                          "[restart]\nreset_after = \"0s\"\n");
    daemon.start({.before_exec = [] {
        for (int extra = 0; extra < 5; ++extra) {
            (void)dup(STDERR_FILENO);  // descriptors that are not close-on-exec
        }
    }});
    for (int start = 1; start <= 2; ++start) {
        const pid_t pid = daemon.running("fds", start);
        ASSERT_GT(pid, 0);
        std::istringstream facts(daemon.sign("facts"));
        std::string descriptors;
        std::string input;
        pid_t session = 0;
        pid_t shell = 0;
        facts >> descriptors >> input >> session >> shell;
        // ls and the shell's redirection to the sign add nothing to the shell's own table but the
        // saved copies of 1 and 2.
        EXPECT_LE(std::stoi(descriptors), 5);
        EXPECT_EQ(input, "/dev/null");
        EXPECT_EQ(session, pid);
        EXPECT_TRUE(facts.str().find("/dev/tty") != std::string::npos) << facts.str();
        (void)unlink(daemon.path("facts").c_str());
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, a_sleeping_job_holds_exactly_0_1_and_2) {
    DaemonUnderTest daemon;
    daemon.job("bare", "command = [\"sleep\", \"1000\"]\n[restart]\nreset_after = \"0s\"\n");
    daemon.start();
    for (int start = 1; start <= 3; ++start) {
        const pid_t pid = daemon.running("bare", start);
        ASSERT_GT(pid, 0);
        // The dynamic linker opens libraries for a moment; what was inherited would stay.
        const auto holds_three = [&] {
            for (int number = 0; number < 64; ++number) {
                const std::string path = std::to_string(pid) + "/fd/" + std::to_string(number);
                if (exists("/proc/" + path) != (number < 3)) {
                    return false;
                }
            }
            return true;
        };
        EXPECT_TRUE(eventually(holds_three));
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, the_environment_is_clean_and_small) {
    DaemonUnderTest daemon;
    daemon.job("env", reporting_job(daemon, "env -u PWD -u _ -u SHLVL -u OLDPWD | sort") +
                          "pass_environment = [\"PASSED\", \"NOTIFY_SOCKET\", \"MISSING\"]\n"
                          "[environment]\nQUEUE = \"email of %n\"\nNUMBER = 3\n");
    daemon.start({.environment = {{"SECRET", "1"},
                                  {"LD_BIND_NOW", "1"},
                                  {"PASSED", "on"},
                                  {"NOTIFY_SOCKET", "/nonexistent/socket"},
                                  {"WATCHDOG_USEC", "60000000"},
                                  {"LANG", "C.UTF-8"}}});
    const std::string facts = daemon.sign("facts");
    std::istringstream lines(facts);
    std::string names;
    for (std::string line; std::getline(lines, line);) {
        names += line.substr(0, line.find('=')) + " ";
    }
    EXPECT_EQ(names,
              "HOME LANG LOGNAME NUMBER PASSED PATH QUEUE RESPAWND_GENERATION RESPAWND_INSTANCE "
              "RESPAWND_JOB SHELL USER ");
    EXPECT_NE(facts.find("QUEUE=email of env\n"), std::string::npos);
    EXPECT_NE(facts.find("NUMBER=3\n"), std::string::npos);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, a_job_of_another_user_runs_as_that_user_and_may_reopen_its_output) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can start jobs of other users";
    }
    DaemonUnderTest daemon;
    daemon.job("other", reporting_job(daemon,
                                      "id -un; id -G; echo $HOME $USER $LOGNAME $SHELL; cat "
                                      "/proc/self/status",
                                      "user = \"nobody\"\n") +
                            "");
    daemon.job("reopens",
               "user = \"nobody\"\ncommand = [\"/bin/sh\", \"-c\", \"echo reopened > /dev/stdout; "
               "exec sleep 1000\"]\n[log]\ntarget = \"inherit\"\n");
    daemon.start();
    const std::string facts = daemon.sign("facts");
    EXPECT_TRUE(
        facts.starts_with("nobody\n65534\n/nonexistent nobody nobody "
                          "/usr/sbin/nologin\n"))
        << facts;
    EXPECT_EQ(field(facts, "Uid"), "65534\t65534\t65534\t65534");
    EXPECT_EQ(field(facts, "CapPrm"), "0000000000000000");
    EXPECT_TRUE(daemon.prints("reopens | reopened\n"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, limits_nice_umask_and_folder_are_the_jobs_own) {
    DaemonUnderTest daemon;
    daemon.job("own", reporting_job(daemon,
                                    "umask; pwd; nice; ulimit -Sn; ulimit -Hn; ulimit -c; cat "
                                    "/proc/self/oom_score_adj",
                                    "directory = \"/usr\"\numask = \"0077\"\nnice = 5\n"
                                    "oom_score_adj = 100\n") +
                          "[limits]\nnofile = \"100:200\"\ncore = 0\n");
    daemon.start({.before_exec = [] { (void)umask(0); }});
    EXPECT_EQ(daemon.sign("facts"), "0077\n/usr\n5\n100\n200\n0\n100");
    EXPECT_EQ(read_file("/proc/" + std::to_string(daemon.pid()) + "/oom_score_adj"),
              read_file("/proc/self/oom_score_adj"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, the_soft_limit_of_descriptors_is_the_one_that_the_daemon_was_started_with) {
    DaemonUnderTest daemon;
    daemon.job("limit", reporting_job(daemon, "ulimit -Sn"));
    daemon.start({.before_exec = [] {
        rlimit limit{};
        (void)getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 321;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }});
    EXPECT_EQ(daemon.sign("facts"), "321");
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, the_daemon_starts_with_closed_descriptors_and_an_empty_environment) {
    DaemonUnderTest daemon;
    daemon.job("closed", reporting_job(daemon, "readlink /proc/self/fd/0; echo $PATH"));
    daemon.start({.before_exec = [] {
        (void)close(0);
        (void)close(1);
        (void)close(2);
        (void)clearenv();
    }});
    EXPECT_TRUE(daemon.sign("facts").starts_with("/dev/null\n/usr/local/sbin:"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.messages(), "");
}

TEST(Running, two_hundred_jobs_that_die_at_once_all_come_back) {
    constexpr int count = 200;
    DaemonUnderTest daemon;
    daemon.job("many",
               "instances = 200\n" + std::string(sleeper) + "[restart]\nreset_after = \"0s\"\n");
    daemon.start();
    std::vector<pid_t> pids;
    for (int i = 1; i <= count; ++i) {
        pids.push_back(daemon.running("many@" + std::to_string(i)));
        ASSERT_GT(pids.back(), 0);
    }
    for (const pid_t pid : pids) {
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    for (int i = 1; i <= count; ++i) {
        ASSERT_GT(daemon.running("many@" + std::to_string(i), 2), 0);
    }
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, a_cleaned_up_run_time_directory_is_made_again) {
    DaemonUnderTest daemon;
    daemon.job("one", "command = [\"sleep\", \"1000\"]\n");
    daemon.start();
    ASSERT_GT(daemon.running("one"), 0);
    std::filesystem::remove_all(daemon.folder() + "/run/output");
    daemon.job("two", "command = [\"sleep\", \"1000\"]\n");
    EXPECT_GT(daemon.running("two"), 0);
    EXPECT_EQ(daemon.said("/run/output had been removed; it is made again"), 1);
    EXPECT_EQ(daemon.stop(), 0);
}

class RemovedRuntime : public testing::TestWithParam<const char*> {};

TEST_P(RemovedRuntime, does_not_let_a_second_daemon_in) {
    DaemonUnderTest daemon;
    daemon.job("one", "command = [\"sleep\", \"1000\"]\n");
    daemon.start();
    ASSERT_GT(daemon.running("one"), 0);
    for (int round = 1; round <= 2; ++round) {
        ASSERT_EQ(std::system(("cd '" + daemon.folder() + "' && " + GetParam()).c_str()), 0);
        ASSERT_TRUE(daemon.says("it is made and locked again, the jobs run on", round));
        EXPECT_EQ(read_file(daemon.folder() + "/run/lock"), std::to_string(daemon.pid()) + "\n");
    }
    daemon.job("two", "command = [\"sleep\", \"1000\"]\n");
    EXPECT_GT(daemon.running("two"), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Ways, RemovedRuntime,
                         testing::Values("rm -r run || :", "rm run/lock",
                                         "rm -rf away; mv run away",
                                         "cp run/lock other; mv other run/lock"));

TEST(Running, a_run_time_directory_that_another_daemon_took_is_told) {
    DaemonUnderTest daemon;
    daemon.job("one", "command = [\"sleep\", \"1000\"]\n");
    daemon.start();
    ASSERT_GT(daemon.running("one"), 0);
    daemon.signal(SIGSTOP);
    std::filesystem::remove_all(daemon.folder() + "/run");
    std::filesystem::create_directory(daemon.folder() + "/run");
    const int held =
        open((daemon.folder() + "/run/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    ASSERT_EQ(fcntl(held, F_SETLK, &lock), 0);
    daemon.signal(SIGCONT);
    EXPECT_TRUE(daemon.says("process " + std::to_string(getpid()) +
                            " has taken it: two daemons run, and jobs may run twice; stop one"));
    (void)close(held);
    EXPECT_TRUE(daemon.says("it is made and locked again, the jobs run on"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Running, an_orphan_that_ends_is_reaped) {
    DaemonUnderTest daemon;
    daemon.job("parent", "command = [\"/bin/sh\", \"-c\", \"(sleep 0.2 & echo $! > " +
                             daemon.path("orphan") + "); exec sleep 1000\"]\n");
    daemon.start();
    const pid_t orphan = std::stoi(daemon.sign("orphan"));
    EXPECT_TRUE(eventually([&] { return !exists("/proc/" + std::to_string(orphan)); }));
    EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace respawnd::tests
