// The daemon over time: signals, strangers, storms of edits, long runs, and odd surroundings.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

constexpr const char* sleeper = "command = [\"sleep\", \"1000\"]\n[log]\ntarget = \"none\"\n";
constexpr const char* at_once = "[restart]\nbackoff = \"0s\"\nreset_after = \"0s\"\n";

std::string shell_job(const std::string& text, const std::string& more = "") {
    return "command = [\"/bin/sh\", \"-c\", '''" + text + "''']\n[log]\ntarget = \"none\"\n" + more;
}

/// The amount of a long test: `variable` of the environment, else `all` or `few`; printed.
int amount(const char* variable, int few, int all) {
    const char* asked = std::getenv(variable);
    const int result = asked != nullptr ? std::atoi(asked) : wants_all() ? all : few;
    std::cout << variable << "=" << result << "\n";
    return result;
}

bool is_root_with_namespaces(const std::string& kinds) {
    return geteuid() == 0 && std::system(("unshare " + kinds + " true 2> /dev/null").c_str()) == 0;
}

TEST(Signals, none_ends_the_daemon_by_surprise) {
    DaemonUnderTest daemon;
    daemon.job("job", sleeper);
    daemon.start();
    const pid_t pid = daemon.running("job");
    ASSERT_GT(pid, 0);
    std::vector<int> numbers{SIGUSR1,   SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF,  SIGPIPE,
                             SIGTTIN,   SIGTTOU, SIGURG,  SIGIO,     SIGWINCH, SIGCHLD,
                             SIGSTKFLT, SIGPWR,  SIGXCPU, SIGXFSZ,   SIGTSTP,  SIGCONT};
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
        numbers.push_back(number);
    }
    for (const int number : numbers) {
        for (int times = 0; times < 20; ++times) {
            daemon.signal(number);
        }
        daemon.signal(SIGCONT);
    }
    daemon.job("late", sleeper);
    EXPECT_GT(daemon.running("late"), 0);
    EXPECT_TRUE(is_alive(pid));
    EXPECT_EQ(daemon.said("job: running"), 1);
    daemon.signal(SIGQUIT);
    EXPECT_EQ(daemon.wait_for_exit(), 0);
    EXPECT_EQ(daemon.said("SIGQUIT: stopping 2 instances"), 1);
    EXPECT_FALSE(is_alive(pid));
}

TEST(Signals, a_storm_of_sighup_is_a_few_reloads_and_the_last_edit_counts) {
    DaemonUnderTest daemon;
    daemon.job("job", sleeper);
    daemon.start();
    const pid_t pid = daemon.running("job");
    ASSERT_GT(pid, 0);
    constexpr int storm = 10000;
    for (int times = 0; times < storm; ++times) {
        daemon.signal(SIGHUP);
    }
    daemon.job("late", sleeper);
    daemon.signal(SIGHUP);
    EXPECT_GT(daemon.running("late"), 0);
    EXPECT_TRUE(is_alive(pid));
    EXPECT_EQ(daemon.said("job: running"), 1);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Signals, what_ends_while_the_daemon_is_stopped_is_caught_up_with_once) {
    constexpr int jobs = 20;
    DaemonUnderTest daemon;
    daemon.job("many", "instances = 20\n" + std::string(sleeper) + at_once);
    daemon.job("calm", sleeper);
    daemon.start();
    std::vector<pid_t> pids;
    for (int i = 1; i <= jobs; ++i) {
        pids.push_back(daemon.running("many@" + std::to_string(i)));
        ASSERT_GT(pids.back(), 0);
    }
    const pid_t calm = daemon.running("calm");
    daemon.signal(SIGSTOP);
    for (const pid_t pid : pids) {
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    EXPECT_TRUE(eventually(
        [&] { return std::ranges::none_of(pids, [](pid_t pid) { return is_alive(pid); }); }));
    daemon.signal(SIGCONT);
    for (int i = 1; i <= jobs; ++i) {
        EXPECT_GT(daemon.running("many@" + std::to_string(i), 2), 0);
    }
    EXPECT_TRUE(is_alive(calm));
    EXPECT_EQ(daemon.said(": running, pid "), 2 * jobs + 1);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Process1, reaps_strangers_and_stops_when_asked) {
    if (!is_root_with_namespaces("--pid --fork --mount-proc")) {
        GTEST_SKIP() << "a pid namespace needs root";
    }
    DaemonUnderTest daemon;
    daemon.job("parent", shell_job("i=0; while [ $i -lt 100 ]; do i=$((i + 1)); (setsid env -i "
                                   "sh -c \"sleep 0.1 & exit 0\" &); done; echo done > " +
                                   daemon.path("done") + "; exec sleep 1000"));
    daemon.start({.wrapper = {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"}});
    ASSERT_EQ(daemon.sign("done"), "done");
    const auto outer = children_of(daemon.pid());
    ASSERT_EQ(outer.size(), 1U);
    // The logger and the job are what is left.
    EXPECT_TRUE(eventually([&] { return children_of(outer.front()).size() == 2; }));
    EXPECT_EQ(daemon.running("parent"),
              std::atoi(daemon.messages().substr(daemon.messages().find("pid ") + 4).c_str()));
    ASSERT_EQ(kill(outer.front(), SIGTERM), 0);
    EXPECT_EQ(daemon.wait_for_exit(), 0);
    EXPECT_EQ(daemon.said("stopped 1 instance"), 1);
}

TEST(Surroundings, a_current_folder_that_was_deleted_does_not_matter) {
    DaemonUnderTest daemon;
    const std::string gone = daemon.folder() + "/gone";
    daemon.job("where", shell_job("pwd > " + daemon.path("where") + "; exec sleep 1000"));
    daemon.start({.before_exec = [&] {
        std::filesystem::create_directory(gone);
        (void)!chdir(gone.c_str());
        std::filesystem::remove(gone);
    }});
    EXPECT_EQ(daemon.sign("where"), "/");
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Surroundings, without_proc_it_says_what_it_needs) {
    if (!is_root_with_namespaces("--mount")) {
        GTEST_SKIP() << "a mount namespace needs root";
    }
    DaemonUnderTest daemon;
    daemon.job("job", sleeper);
    daemon.start(
        {.wrapper = {"unshare", "--mount", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh"}});
    EXPECT_EQ(daemon.wait_for_exit(), 1);
    EXPECT_EQ(daemon.said("/proc is not mounted, and without it nobody can tell which processes "
                          "belong to a job; mend it with: mount -t proc proc /proc"),
              1);
}

TEST(Surroundings, no_deadline_hangs_on_the_clock_that_can_be_set) {
    if (std::system("command -v strace > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "strace is not installed";
    }
    DaemonUnderTest daemon;
    daemon.job("loop", shell_job("exit 1", "[restart]\nbackoff = \"50ms\"\n"));
    daemon.job("deaf", shell_job("trap \"\" TERM; echo up > " + daemon.path("up") +
                                     "; while :; do sleep 1000; done",
                                 "[stop]\ntimeout = \"100ms\"\n"));
    const std::string trace = daemon.folder() + "/strace";
    daemon.start({.wrapper = {"strace", "-D", "-qqq", "-o", trace, "-e",
                              "trace=timerfd_create,timer_create,setitimer,alarm"}});
    ASSERT_EQ(daemon.sign("up"), "up");
    ASSERT_TRUE(daemon.says("loop: exited 1", 3));
    EXPECT_EQ(daemon.stop(), 0);
    const std::string calls = read_file(trace);
    EXPECT_NE(calls.find("timerfd_create(CLOCK_MONOTONIC"), std::string::npos) << calls;
    EXPECT_EQ(count(calls, "REALTIME"), 0) << calls;
    EXPECT_EQ(count(calls, "setitimer") + count(calls, "alarm"), 0) << calls;
}

TEST(Surroundings, a_busy_machine_does_not_starve_the_daemon) {
    DaemonUnderTest daemon;
    daemon.job("busy", "instances = 4\n" + shell_job("while :; do :; done"));
    daemon.job("other", std::string(sleeper) + at_once);
    daemon.start();
    ASSERT_GT(daemon.running("busy@4"), 0);
    constexpr int deaths = 4;  // each is told while the budget of messages lasts
    for (int death = 1; death <= deaths; ++death) {
        const pid_t pid = daemon.running("other", death);
        ASSERT_GT(pid, 0);
        ASSERT_EQ(kill(pid, SIGKILL), 0);
    }
    EXPECT_GT(daemon.running("other", deaths + 1), 0);
    daemon.job("late", sleeper);
    EXPECT_GT(daemon.running("late"), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Surroundings, ten_thousand_files_are_no_trouble) {
    DaemonUnderTest daemon;
    const int files = amount("RESPAWND_FILES", 2000, 9990);
    for (int i = 0; i < files; ++i) {
        write_file(daemon.job_path("idle" + std::to_string(i)),
                   "enabled = false\n" + std::string(sleeper));
    }
    daemon.job("first", sleeper);
    daemon.start();
    ASSERT_TRUE(daemon.says(": " + std::to_string(files + 1) + " jobs from "));
    EXPECT_GT(daemon.running("first"), 0);
    daemon.job("late", sleeper);
    EXPECT_GT(daemon.running("late"), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.said(": running"), 2);
}

TEST(LongRun, a_storm_of_crashes_holds_up_neither_signals_nor_the_folder) {
    DaemonUnderTest daemon;
    daemon.job("storm", "instances = 10\ncommand = [\"/bin/sh\", \"-c\", \"echo >> " +
                            daemon.path("runs") + "; exit 1\"]\n" + at_once);
    daemon.start();
    const auto runs = [&] {
        std::error_code none;
        const auto size = std::filesystem::file_size(daemon.path("runs"), none);
        return none ? 0 : size;
    };
    constexpr std::uintmax_t storm = 200;
    ASSERT_TRUE(eventually([&] { return runs() > storm; }));
    // Counted in starts, because nobody knows how fast the machine is.
    constexpr std::uintmax_t at_most = 500;
    for (int i = 1; i <= 20; ++i) {
        const auto before = runs();
        daemon.signal(SIGHUP);
        ASSERT_TRUE(daemon.says("SIGHUP: reading", i));
        EXPECT_LT(runs() - before, at_most);
    }
    for (int i = 1; i <= 5; ++i) {
        const auto before = runs();
        daemon.job("late" + std::to_string(i), sleeper);
        ASSERT_GT(daemon.running("late" + std::to_string(i)), 0);
        EXPECT_LT(runs() - before, at_most);
    }
    const auto before = runs();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_LT(runs() - before, at_most);
}

long switches_of(pid_t pid) {
    return std::atol(status_field(pid, "voluntary_ctxt_switches").c_str());
}

/// Waits until the process has not been awake for a second.
bool falls_asleep(pid_t pid) {
    return eventually([&] {
        const long before = switches_of(pid);
        std::this_thread::sleep_for(std::chrono::seconds(1));
        return switches_of(pid) == before;
    });
}

TEST(LongRun, an_idle_daemon_does_not_wake_up) {
    DaemonUnderTest daemon;
    daemon.job("calm", "instances = 50\ncommand = [\"sleep\", \"1000\"]\n");
    daemon.job("mute", "instances = 50\n" + std::string(sleeper));
    // Beside a service manager there is no hint after ten seconds.
    daemon.start({.environment = {{"NOTIFY_SOCKET", daemon.folder() + "/nobody-listens"}}});
    for (int i = 1; i <= 50; ++i) {
        ASSERT_GT(daemon.running("calm@" + std::to_string(i)), 0);
        ASSERT_GT(daemon.running("mute@" + std::to_string(i)), 0);
    }
    const pid_t logger = daemon.logger();
    ASSERT_GT(logger, 0);
    ASSERT_TRUE(falls_asleep(daemon.pid()));
    ASSERT_TRUE(falls_asleep(logger));
    const long daemons = switches_of(daemon.pid());
    const long loggers = switches_of(logger);
    std::this_thread::sleep_for(std::chrono::seconds(amount("RESPAWND_IDLE_SECONDS", 3, 20)));
    EXPECT_EQ(switches_of(daemon.pid()), daemons);
    EXPECT_EQ(switches_of(logger), loggers);
    EXPECT_EQ(daemon.stop(), 0);
}

std::size_t descriptors_of(pid_t pid) {
    std::size_t found = 0;
    for (const auto& unused :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
        (void)unused;
        ++found;
    }
    return found;
}

/// Pages in memory that are the process's own, in KiB.
long memory_of(pid_t pid) {
    return std::atol(status_field(pid, "RssAnon").c_str());
}

TEST(LongRun, restarts_and_reloads_leave_nothing_behind) {
    DaemonUnderTest daemon;
    const auto restarts = static_cast<std::size_t>(amount("RESPAWND_RESTARTS", 2000, 20000));
    const int reloads = amount("RESPAWND_RELOADS", 200, 2000);
    const std::string job = "command = [\"/bin/sh\", \"-c\", \"echo >> " + daemon.path("runs") +
                            "; exit 1\"]\n" + at_once;
    const auto runs = [&] {
        std::error_code none;
        const auto size = std::filesystem::file_size(daemon.path("runs"), none);
        return none ? 0 : size;
    };
    const auto storm = [&](std::size_t until) {
        daemon.job("storm", "instances = 10\n" + job);
        EXPECT_TRUE(eventually([&] { return runs() >= until; })) << runs();
    };
    const auto reload = [&](int times) {
        const int before = daemon.said("SIGHUP: reading");
        for (int i = 1; i <= times; ++i) {
            daemon.signal(SIGHUP);
            ASSERT_TRUE(daemon.says("SIGHUP: reading", before + i));
        }
    };
    int calm_runs = 1;
    const auto settle = [&] {
        daemon.remove_job("storm");
        daemon.signal(SIGHUP);
        // What the last starts needed is taken back at the next one.
        EXPECT_TRUE(eventually([&] { return children_of(daemon.pid()).size() == 2; }));
        EXPECT_EQ(kill(daemon.running("calm", calm_runs), SIGKILL), 0);
        EXPECT_GT(daemon.running("calm", ++calm_runs), 0);
        const pid_t logger = daemon.logger();
        // The logger and the calm job stay.
        EXPECT_TRUE(eventually([&] { return children_of(daemon.pid()).size() == 2; }));
        EXPECT_TRUE(falls_asleep(daemon.pid()));
        EXPECT_TRUE(falls_asleep(logger));
    };
    daemon.job("calm", std::string("command = [\"sleep\", \"1000\"]\n") + at_once);
    daemon.start({.environment = {{"NOTIFY_SOCKET", daemon.folder() + "/nobody-listens"}}});
    storm(restarts / 4);
    reload(reloads / 4);
    settle();
    const std::size_t descriptors = descriptors_of(daemon.pid());
    const std::size_t loggers = descriptors_of(daemon.logger());
    const long memory = memory_of(daemon.pid());
    const long loggers_memory = memory_of(daemon.logger());
    storm(restarts);
    reload(reloads);
    settle();
    // A few are kept or not, as the last starts went; a leak would be hundreds.
    constexpr std::size_t few = 3;
    EXPECT_LE(descriptors_of(daemon.pid()), descriptors + few);
    EXPECT_LE(descriptors_of(daemon.logger()), loggers + few);
#ifdef __SANITIZE_ADDRESS__
    // It keeps what was freed for a while; what is lost for good it tells at the end.
    constexpr long slack = 1024L * 1024;
#else
    constexpr long slack = 512;
#endif
    EXPECT_LE(memory_of(daemon.pid()), memory + slack);
    EXPECT_LE(memory_of(daemon.logger()), loggers_memory + slack);
    std::cout << "memory " << memory << " -> " << memory_of(daemon.pid()) << " KiB, of the logger "
              << loggers_memory << " -> " << memory_of(daemon.logger()) << " KiB, descriptors "
              << descriptors << ", " << loggers << "\n";
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(LongRun, a_program_that_ends_at_once_is_reported_as_it_ended) {
    DaemonUnderTest daemon;
    const int starts = amount("RESPAWND_SHORT_STARTS", 200, 1000);
    daemon.job("true", "instances = " + std::to_string(starts) +
                           "\ncommand = [\"true\"]\n[restart]\npolicy = \"never\"\n[log]\n"
                           "target = \"none\"\n");
    daemon.start();
    EXPECT_TRUE(daemon.says(": exited 0 after ", starts));
    EXPECT_EQ(daemon.said(": running, pid "), starts);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.said(" after "), starts);
}

/// Jobs that hold a lock while any process of theirs lives, edited at random by several writers.
class Writers : public testing::Test {
  protected:
    static constexpr int jobs = 4;
    static constexpr int most_instances = 3;

    [[nodiscard]] std::string lock_path(int job, int instance) const {
        return daemon_.path("lock" + std::to_string(job) + "-" + std::to_string(instance));
    }
    [[nodiscard]] std::string version_path(int job, int instance) const {
        return daemon_.path("version" + std::to_string(job) + "-" + std::to_string(instance));
    }

    /// One of many forms of a job; `version` tells it from every other.
    [[nodiscard]] std::string text(int job, int version, std::mt19937& random) const {
        const std::string prelude = "exec 9> " +
                                    daemon_.path("lock" + std::to_string(job) + "-%i") +
                                    "; flock -n 9 || echo %n %i >> " + daemon_.path("double") +
                                    "; echo " + std::to_string(version) + " > " +
                                    daemon_.path("version" + std::to_string(job) + "-%i") + "; ";
        static const char* const programs[] = {
            "exec sleep 1000", "setsid sleep 1000 & exec sleep 1000",
            "trap \"\" TERM; while :; do sleep 1000; done",
            "trap \"sleep 0.05; exit 0\" TERM; sleep 1000 & wait", "sleep 0.1; kill -9 $$"};
        return "instances = " + std::to_string(1 + random() % most_instances) +
               "\nenabled = " + (random() % 6 == 0 ? "false" : "true") + "\n" +
               shell_job(prelude + programs[random() % std::size(programs)],
                         "[stop]\ntimeout = \"100ms\"\n[restart]\npolicy = \"always\"\n"
                         "backoff = \"10ms\"\nmax_backoff = \"50ms\"\n");
    }

    void edit(int writer, int edits, unsigned seed) {
        std::mt19937 random(seed);
        for (int i = 0; i < edits; ++i) {
            const int job = static_cast<int>(random() % jobs);
            const std::string path = daemon_.job_path("job" + std::to_string(job));
            if (random() % 4 == 0) {
                (void)unlink(path.c_str());
            } else {
                const std::string temporary = path + "." + std::to_string(writer);
                write_file(temporary, text(job, ++versions_, random));
                std::filesystem::rename(temporary, path);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
        }
    }

    /// True while no process holds the lock of an instance.
    [[nodiscard]] bool is_free(int job, int instance) const {
        const int lock = open(lock_path(job, instance).c_str(), O_RDONLY | O_CLOEXEC);
        const bool is_free = lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0;
        if (lock >= 0) {
            (void)close(lock);
        }
        return is_free;
    }

    /// What follows `key` in a job file, to the next of `end`.
    static std::string value(const std::string& text, const std::string& key, char end) {
        const auto at = text.find(key) + key.size();
        return text.substr(at, text.find(end, at) - at);
    }

    /// True once instance `instance` is as the file says.
    [[nodiscard]] bool is_settled(int job, int instance) const {
        const std::string file = read_file(daemon_.job_path("job" + std::to_string(job)));
        const bool runs = !file.empty() && value(file, "enabled = ", '\n') == "true" &&
                          instance <= std::stoi(value(file, "instances = ", '\n'));
        if (!runs) {
            return is_free(job, instance);
        }
        return read_file(version_path(job, instance)) == value(file, "; echo ", ' ') + "\n";
    }

    DaemonUnderTest daemon_;
    std::atomic<int> versions_ = 0;
};

TEST_F(Writers, never_bring_two_copies_about_and_the_last_file_counts) {
    const int edits = amount("RESPAWND_EDITS", 60, 500);
    const auto seed = static_cast<unsigned>(amount("RESPAWND_SEED", getpid(), getpid()));
    daemon_.start();
    {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < 3; ++writer) {
            writers.emplace_back(
                [=, this] { edit(writer, edits, seed + static_cast<unsigned>(writer)); });
        }
    }
    for (int job = 0; job < jobs; ++job) {
        for (int instance = 1; instance <= most_instances; ++instance) {
            EXPECT_TRUE(eventually([&] { return is_settled(job, instance); }))
                << "job" << job << "@" << instance << " is not what its file says:\n"
                << read_file(daemon_.job_path("job" + std::to_string(job)));
        }
    }
    EXPECT_EQ(read_file(daemon_.path("double")), "");
    EXPECT_EQ(daemon_.stop(), 0);
    EXPECT_EQ(read_file(daemon_.path("double")), "");
    for (int job = 0; job < jobs; ++job) {
        for (int instance = 1; instance <= most_instances; ++instance) {
            EXPECT_TRUE(is_free(job, instance));
        }
    }
}

}  // namespace
}  // namespace respawnd::tests
