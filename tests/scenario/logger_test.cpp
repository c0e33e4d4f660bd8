// The logger below the real daemon: what a job has written is in its log once and in order, and
// what a log suffers is nobody's trouble but its own.
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "logger/kept_log.h"
#include "scenario/daemon_under_test.h"
#include "scenario/frozen_disk.h"

namespace respawnd::tests {
namespace {

namespace fs = std::filesystem;

std::string shell_job(const std::string& text, const std::string& more = "") {
    return "command = [\"/bin/sh\", \"-c\", '''" + text + "''']\n" + more;
}

constexpr const char* without_wait =
    "[restart]\npolicy = \"always\"\nbackoff = \"0s\"\nreset_after = \"0s\"\n";
constexpr std::size_t stamp_size = std::string_view("2026-11-29T16:20:00.123456+00:00 ").size();

#define SKIP_UNLESS_ROOT()                     \
    if (geteuid() != 0) {                      \
        GTEST_SKIP() << "only root can do it"; \
    }

/// All mounts below are for the daemon and what it starts alone.
void mount_in_private(const char* type, const std::string& where, const std::string& data) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", where.c_str(), type, 0, data.c_str()) != 0) {
        _exit(126);
    }
}

std::string without_stamp(const std::string& line) {
    const bool has_stamp = line.size() >= stamp_size && line[4] == '-' && line[10] == 'T' &&
                           line[stamp_size - 1] == ' ';
    return has_stamp ? line.substr(stamp_size) : line;
}

std::string without_stamps(const std::string& text) {
    std::istringstream lines(text);
    std::string rest;
    for (std::string line; std::getline(lines, line);) {
        rest += without_stamp(line) + "\n";
    }
    return rest;
}

/// The most memory that a process has had so far.
long most_memory_in_kilobytes(pid_t pid) {
    return std::atol(status_field(pid, "VmHWM").c_str());
}

std::uintmax_t size_of(const std::string& path) {
    std::error_code problem;
    const std::uintmax_t size = fs::file_size(path, problem);
    return problem ? 0 : size;
}

struct stat facts_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status;
}

// ---- numbered lines ----------------------------------------------------------------------------

constexpr long first_number = 100'000'001;
constexpr std::size_t line_size = 10;

/// What `seq` writes: numbers of nine digits.
std::string numbers_up_to(long count) {
    return "seq " + std::to_string(first_number) + " " + std::to_string(first_number + count - 1);
}

/// Reads a log from its oldest file to its youngest and finds each number once and in order; the
/// number that is missing at the end.
long next_number_in(const std::string& log, bool has_stamps) {
    std::vector<std::string> files{log};
    for (int number = 1; exists(log + "." + std::to_string(number)); ++number) {
        files.push_back(log + "." + std::to_string(number));
    }
    std::ranges::reverse(files);
    const std::size_t stamp = has_stamps ? stamp_size : 0;
    std::string wanted = std::to_string(first_number) + "\n";
    long next = first_number;
    constexpr std::size_t lines_at_once = 10000;
    std::string piece(lines_at_once * (stamp + line_size), '\0');
    for (const std::string& path : files) {
        std::ifstream file(path, std::ios::binary);
        while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())),
               file.gcount() > 0) {
            const auto size = static_cast<std::size_t>(file.gcount());
            for (std::size_t at = 0; at < size; at += stamp + line_size) {
                if (piece.compare(at + stamp, line_size, wanted) != 0) {
                    ADD_FAILURE() << path << ": " << piece.substr(at, stamp + line_size)
                                  << " in place of " << next;
                    return next;
                }
                ++next;
                std::size_t digit = line_size - 2;
                while (wanted[digit] == '9') {
                    wanted[digit--] = '0';
                }
                ++wanted[digit];
            }
        }
    }
    return next;
}

std::uintmax_t bytes_in(const std::string& log) {
    std::uintmax_t bytes = size_of(log);
    for (int number = 1; exists(log + "." + std::to_string(number)); ++number) {
        bytes += size_of(log + "." + std::to_string(number));
    }
    return bytes;
}

struct Killing {
    std::string name;
    std::string log;
    bool has_stamps = false;
    long lines = 0;
};

class LoggerKilled : public testing::TestWithParam<Killing> {};

TEST_P(LoggerKilled, every_100_ms_each_line_stands_once_and_in_order) {
    const Killing& how = GetParam();
    const long lines = wants_all() ? how.lines * 10 : how.lines;
    DaemonUnderTest daemon;
    daemon.job("w", shell_job(numbers_up_to(lines) + "; exec sleep 1000", how.log));
    daemon.start();
    const pid_t job = daemon.running("w");
    const std::string log = daemon.folder() + "/log/w.log";
    const std::uintmax_t all =
        static_cast<std::uintmax_t>(lines) * (line_size + (how.has_stamps ? stamp_size : 0));
    // A fast machine would be done before the second time.
    const std::uintmax_t share = all / 5;
    int killed = 0;
    while (bytes_in(log) < all) {
        const pid_t logger = daemon.logger();
        ASSERT_GT(logger, 0);
        const std::uintmax_t before = bytes_in(log);
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
        while (std::chrono::steady_clock::now() < end && bytes_in(log) < before + share) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ASSERT_EQ(kill(logger, SIGKILL), 0);
        ++killed;
        ASSERT_TRUE(eventually([&] { return !is_alive(logger); }));
    }
    EXPECT_GE(killed, 4);
    EXPECT_TRUE(is_alive(job));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(next_number_in(log, how.has_stamps), first_number + lines);
    EXPECT_EQ(daemon.said("w: running"), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Output, LoggerKilled,
    testing::Values(
        Killing{.name = "one_file", .log = "[log]\nmax_size = \"infinity\"\n", .lines = 10'000'000},
        Killing{.name = "rotated",
                .log = "[log]\nkeep = 1000\ncompress = \"none\"\nmax_size = \"4M\"\n",
                .lines = 10'000'000},
        Killing{.name = "timestamps",
                .log = "[log]\nkeep = 1000\ncompress = \"none\"\nmax_size = \"4M\"\n"
                       "timestamps = true\n",
                .has_stamps = true,
                .lines = 500'000}),
    [](const testing::TestParamInfo<Killing>& one) { return one.param.name; });

TEST(LoggerOfDaemon, that_is_killed_while_nothing_happens_comes_back_and_writes_nothing_twice) {
    DaemonUnderTest daemon;
    daemon.job("quiet", shell_job("echo one; while [ ! -e " + daemon.path("go") +
                                  " ]; do sleep 0.01; done; echo two; exec sleep 1000"));
    daemon.start();
    ASSERT_TRUE(daemon.logs("quiet", "one\n"));
    const pid_t logger = daemon.logger();
    ASSERT_EQ(kill(logger, SIGKILL), 0);
    EXPECT_TRUE(daemon.says("respawn-logger killed by SIGKILL; starting it again"));
    ASSERT_NE(daemon.logger(), logger);
    write_file(daemon.path("go"), "");
    EXPECT_TRUE(daemon.logs("quiet", "two\n"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.log("quiet"), "one\ntwo\n");
}

// ---- what a log looks like ---------------------------------------------------------------------

TEST(LoggerOfDaemon, keeps_standard_error_apart_when_it_is_asked_to) {
    DaemonUnderTest daemon;
    daemon.job("w", shell_job("echo out; echo err >&2; printf half; printf other >&2; exit 1",
                              "[log]\nstderr = \"separate\"\n[restart]\npolicy = \"never\"\n"));
    daemon.start();
    EXPECT_TRUE(daemon.logs("w", "half\n"));
    EXPECT_TRUE(daemon.logs("w.err", "other\n"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.log("w"), "out\nhalf\n");
    EXPECT_EQ(daemon.log("w.err"), "err\nother\n");
}

TEST(LoggerOfDaemon, tells_of_start_and_end_between_the_lines_of_the_runs) {
    DaemonUnderTest daemon;
    daemon.job("w",
               shell_job("echo >> " + daemon.path("runs") + "; n=$(wc -l < " + daemon.path("runs") +
                             "); echo run $n; printf 'last of '$n; [ $n = 3 ] && echo && "
                             "exec sleep 1000; exit $n",
                         std::string("[log]\nevents = true\n") + without_wait));
    daemon.start();
    ASSERT_TRUE(daemon.logs("w", "last of 3\n"));
    EXPECT_EQ(daemon.stop(), 0);
    std::istringstream lines(daemon.log("w"));
    std::string found;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_EQ(line.find("respawnd: ") != std::string::npos, without_stamp(line) != line)
            << line;
        // How long a run took is different each time.
        line = without_stamp(line);
        const auto after = line.find(" after ");
        found += (after == std::string::npos ? line : line.substr(0, after)) + "\n";
    }
    EXPECT_EQ(found,
              "respawnd: w: started\nrun 1\nlast of 1\nrespawnd: w: exited 1\n"
              "respawnd: w: started\nrun 2\nlast of 2\nrespawnd: w: exited 2\n"
              "respawnd: w: started\nrun 3\nlast of 3\nrespawnd: w: killed by SIGTERM\n");
}

TEST(LoggerOfDaemon, follows_a_job_file_without_a_start) {
    DaemonUnderTest daemon;
    const std::string writer = shell_job(
        "i=0; while :; do i=$((i + 1)); echo line $i of many that are written here; "
        "sleep 0.005; done");
    daemon.job("w", writer + "[log]\nmax_size = \"infinity\"\n");
    daemon.start();
    ASSERT_TRUE(daemon.logs("w", "line "));
    daemon.job("w", writer + "[log]\nmax_size = \"4K\"\nkeep = 500\ncompress = \"none\"\n");
    const std::string log = daemon.folder() + "/log/w.log";
    ASSERT_TRUE(eventually([&] { return exists(log + ".2"); }));
    EXPECT_EQ(without_stamps(daemon.log("w")), daemon.log("w"));
    daemon.job("w", writer +
                        "[log]\nmax_size = \"4K\"\nkeep = 500\ncompress = \"none\"\n"
                        "timestamps = true\n");
    ASSERT_TRUE(eventually([&] { return without_stamps(daemon.log("w")) != daemon.log("w"); }));
    daemon.job("w", writer + "[log]\nmax_size = \"infinity\"\nkeep = 500\ncompress = \"none\"\n");
    ASSERT_TRUE(eventually([&] { return size_of(log) > 10'000; }));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.said("w: running"), 1);
    std::istringstream lines(without_stamps(kept_log(log)));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ASSERT_EQ(line, "line " + std::to_string(++number) + " of many that are written here");
    }
}

TEST(LoggerOfDaemon, rotates_and_compresses_by_itself_in_little_memory) {
    DaemonUnderTest daemon;
    constexpr long lines = 3'500'000;
    daemon.job("w", shell_job(numbers_up_to(lines) + "; exec sleep 1000"));
    daemon.start();
    const std::string log = daemon.folder() + "/log/w.log";
    const std::string last = std::to_string(first_number + lines - 1) + "\n";
    ASSERT_TRUE(eventually([&] {
        return exists(log + ".3.zst") && exists(log + ".2.zst") && !exists(log + ".3") &&
               !exists(log + ".2") && daemon.log("w").ends_with(last);
    }));
    constexpr long enough = 40'000;
    EXPECT_LT(most_memory_in_kilobytes(daemon.logger()), enough);
    EXPECT_EQ(daemon.stop(), 0);
    constexpr std::uintmax_t limit = 10 * 1024 * 1024;
    EXPECT_LE(size_of(log + ".1"), limit);
    EXPECT_GT(size_of(log + ".1"), limit - line_size);
    const std::string text = kept_log(log);
    ASSERT_EQ(text.size(), lines * line_size);
    for (long line = 0; line < lines; ++line) {
        ASSERT_EQ(std::atol(text.c_str() + static_cast<std::size_t>(line) * line_size),
                  first_number + line);
    }
}

TEST(LoggerOfDaemon, takes_a_line_without_an_end_and_any_byte) {
    DaemonUnderTest daemon;
    const std::uintmax_t zeros = wants_all() ? 1'000'000'000 : 50'000'000;
    daemon.job("zeros",
               shell_job("head -c " + std::to_string(zeros) + " /dev/zero; echo; exec sleep 1000",
                         "[log]\nmax_size = \"infinity\"\n"));
    daemon.job("stamped", shell_job("head -c 1000000 /dev/zero; echo; exec sleep 1000",
                                    "[log]\ntimestamps = true\n"));
    daemon.job("bytes", shell_job("printf '\\000\\001\\377\\376\\303\\050\\033]0;x\\007\\n'; "
                                  "exec sleep 1000"));
    daemon.start();
    EXPECT_TRUE(
        eventually([&] { return size_of(daemon.folder() + "/log/zeros.log") == zeros + 1; }));
    EXPECT_TRUE(daemon.logs("bytes", "\n"));
    EXPECT_EQ(daemon.log("bytes"), std::string("\000\001\377\376\303\050\033]0;x\007\n", 13));
    EXPECT_TRUE(eventually(
        [&] { return count(daemon.log("stamped"), std::string(1, '\0')) == 1'000'000; }));
    constexpr long enough = 40'000;
    EXPECT_LT(most_memory_in_kilobytes(daemon.logger()), enough);
    EXPECT_EQ(daemon.stop(), 0);
}

// ---- whose file it is --------------------------------------------------------------------------

TEST(LoggerOfDaemon, uses_the_rights_of_the_jobs_user_outside_the_log_folder) {
    SKIP_UNLESS_ROOT();
    constexpr uid_t nobody = 65534;
    DaemonUnderTest daemon;
    const std::string folder = daemon.folder() + "/elsewhere";
    fs::create_directory(folder);
    ASSERT_EQ(chown(folder.c_str(), nobody, nobody), 0);
    // Whoever follows a link writes into it: its rights keep nobody away.
    const std::string prey = daemon.folder() + "/prey";
    write_file(prey, "untouched\n");
    ASSERT_EQ(chmod(prey.c_str(), 0666), 0);
    fs::create_symlink(prey, folder + "/linked.log");
    fs::create_symlink(prey, folder + "/w.log.1");
    const std::string writer = "seq 2000; exec sleep 1000";
    daemon.job("w", "user = \"nobody\"\n" + shell_job(writer) + "[log]\npath = \"" + folder +
                        "/w.log\"\ncompress = \"none\"\nmax_size = \"4K\"\nkeep = 9\n");
    daemon.job("linked", "user = \"nobody\"\n" + shell_job(writer) + "[log]\npath = \"" + folder +
                             "/linked.log\"\n");
    daemon.start();
    ASSERT_GT(daemon.running("linked"), 0);
    EXPECT_TRUE(daemon.says("open log file \"" + folder + "/linked.log\""));
    EXPECT_TRUE(eventually(
        [&] { return read_file(folder + "/w.log").find("\n2000\n") != std::string::npos; }));
    EXPECT_EQ(read_file(prey), "untouched\n");
    EXPECT_EQ(facts_of(folder + "/w.log").st_uid, nobody);
    EXPECT_EQ(facts_of(folder + "/w.log.1").st_uid, nobody);
    EXPECT_TRUE(S_ISREG(facts_of(folder + "/w.log.1").st_mode));
    EXPECT_TRUE(S_ISLNK(facts_of(folder + "/w.log.3").st_mode));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(read_file(prey), "untouched\n");
}

TEST(LoggerOfDaemon, gives_its_files_the_group_and_the_mode_that_are_asked_for) {
    SKIP_UNLESS_ROOT();
    constexpr gid_t group = 12345;
    DaemonUnderTest daemon;
    daemon.job("w", shell_job("seq 3000; exec sleep 1000",
                              "[log]\ngroup = \"12345\"\nmode = \"0604\"\nmax_size = \"4K\"\n"));
    daemon.job("plain", shell_job("echo; exec sleep 1000"));
    daemon.start();
    const std::string log = daemon.folder() + "/log/w.log";
    EXPECT_TRUE(eventually([&] { return exists(log + ".3.zst") && exists(log + ".2.zst"); }));
    EXPECT_TRUE(daemon.logs("plain", "\n"));
    EXPECT_EQ(daemon.stop(), 0);
    constexpr mode_t rights = 07777;
    for (const std::string& file : {log, log + ".1", log + ".2.zst"}) {
        EXPECT_EQ(facts_of(file).st_gid, group) << file;
        EXPECT_EQ(facts_of(file).st_mode & rights, 0604U) << file;
    }
    EXPECT_EQ(facts_of(daemon.folder() + "/log/plain.log").st_mode & rights, 0640U);
}

TEST(LoggerOfDaemon, does_not_let_two_jobs_share_a_file) {
    DaemonUnderTest daemon;
    const std::string log = "[log]\npath = \"shared.log\"\n";
    daemon.job("first", shell_job("echo first; exec sleep 1000", log));
    daemon.start();
    ASSERT_GT(daemon.running("first"), 0);
    daemon.job("second", shell_job("echo second; exec sleep 1000", log));
    EXPECT_TRUE(daemon.says("second.toml"));
    EXPECT_TRUE(daemon.says("shared.log"));
    EXPECT_TRUE(daemon.logs("shared", "first\n"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.log("shared"), "first\n");
    EXPECT_EQ(daemon.said("second: running"), 0);
}

TEST(LoggerOfDaemon, whose_logs_cannot_be_written_keeps_no_job_from_running) {
    DaemonUnderTest daemon;
    const std::string folder = daemon.folder() + "/log/";
    fs::create_directories(folder + "folder.log");
    ASSERT_EQ(mkfifo((folder + "fifo.log").c_str(), 0644), 0);
    fs::create_symlink("/dev/full", folder + "full.log");
    const std::vector<std::string> names{"folder", "fifo", "full", "missing", "good"};
    for (const std::string& name : names) {
        const std::string path =
            name == "missing" ? daemon.folder() + "/no/such/missing.log" : name + ".log";
        daemon.job(name,
                   shell_job("echo hello; exec sleep 1000", "[log]\npath = \"" + path + "\"\n"));
    }
    daemon.start();
    for (const std::string& name : names) {
        EXPECT_GT(daemon.running(name), 0);
        if (name != "good" && name != "missing") {
            EXPECT_TRUE(daemon.says("open log file \"" + folder + name + ".log\""));
        }
    }
    EXPECT_TRUE(daemon.logs("good", "hello\n"));
    EXPECT_EQ(daemon.said(" is written again"), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.said("/full.log\" lacks output at its end, 6 bytes or more"), 1);
}

// ---- disks in trouble --------------------------------------------------------------------------

TEST(LoggerOfDaemon, counts_what_a_full_disk_costs_and_goes_on_by_itself) {
    SKIP_UNLESS_ROOT();
    DaemonUnderTest daemon;
    const std::string folder = daemon.folder() + "/log";
    fs::create_directory(folder);
    daemon.job("w", shell_job("seq 1000001 1500000; echo > " + daemon.path("written") +
                                  "; while [ ! -e " + daemon.path("go") +
                                  " ]; do sleep 0.01; done; echo after; exec sleep 1000",
                              "[log]\nmax_size = \"infinity\"\n"));
    daemon.job("other", std::string(shell_job("exec sleep 1000", without_wait)));
    // More than what waits in memory, which fits then.
    daemon.start({.before_exec = [&] { mount_in_private("tmpfs", folder, "size=1m"); }});
    EXPECT_TRUE(daemon.says("write log file \"" + folder + "/w.log\": No space left on device"));
    EXPECT_EQ(daemon.sign("written"), "");
    const std::string log = "/proc/" + std::to_string(daemon.pid()) + "/root" + folder + "/w.log";
    ASSERT_EQ(truncate(log.c_str(), 0), 0);
    EXPECT_TRUE(daemon.says("/w.log\" is written again, "));
    write_file(daemon.path("go"), "");
    EXPECT_TRUE(eventually([&] { return read_file(log).ends_with("\nafter\n"); }));
    EXPECT_EQ(count(read_file(log), " bytes dropped, No space left on device\n"), 1);
    EXPECT_EQ(daemon.said("other: running"), 1);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(LoggerOfDaemon, with_a_disk_that_hangs_logs_for_all_others_and_ends_in_time) {
    SKIP_UNLESS_ROOT();
    FrozenDisk disk;
    if (!disk.problem().empty()) {
        GTEST_SKIP() << disk.problem();
    }
    DaemonUnderTest daemon;
    const std::string frozen = disk.path() + "/frozen.log";
    const auto to_file = [&](const std::string& path) {
        return "[log]\npath = \"" + path + "\"\n" + without_wait;
    };
    const std::string talks = "echo hello; exec sleep 1000";
    daemon.job("frozen", shell_job("echo before; while [ ! -e " + daemon.path("go") +
                                       " ]; do sleep 0.01; done; seq 1000001 1200000; echo > " +
                                       daemon.path("written") + "; exec sleep 1000",
                                   to_file(frozen)));
    daemon.job("beside", shell_job(talks, to_file(daemon.path("beside.log"))));
    daemon.job("plain", shell_job(talks, without_wait));
    daemon.start();
    ASSERT_TRUE(eventually([&] { return read_file(frozen) == "before\n"; }));
    disk.freeze();
    write_file(daemon.path("go"), "");
    // 1.6 MB, more than what waits in memory: the job goes on because the rest is dropped.
    EXPECT_EQ(daemon.sign("written"), "");
    EXPECT_TRUE(daemon.says("the disk of \"" + disk.path() + "\" has taken nothing for a second"));
    for (int run = 1; run <= 3; ++run) {
        EXPECT_TRUE(daemon.logs("plain", "hello\n", run));
        EXPECT_TRUE(eventually(
            [&] { return count(read_file(daemon.path("beside.log")), "hello\n") == run; }));
        for (const char* job : {"beside", "plain"}) {
            ASSERT_EQ(kill(daemon.running(job, run), SIGKILL), 0);
        }
    }
    disk.thaw();
    EXPECT_TRUE(daemon.says("the disk of \"" + disk.path() + "\" takes output again, "));
    EXPECT_TRUE(eventually([&] {
        return count(read_file(frozen), " bytes dropped, the disk did not take them\n") == 1;
    }));
    disk.freeze();
    daemon.job("frozen", shell_job("echo again; exec sleep 1000", to_file(frozen)));
    ASSERT_GT(daemon.running("frozen", 2), 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(daemon.says("survives SIGKILL: the disk of a log hangs; ending without it"));
}

// ---- pipes -------------------------------------------------------------------------------------

TEST(LoggerOfDaemon, keeps_lines_whole_in_pipes_of_a_single_page) {
    SKIP_UNLESS_ROOT();
    constexpr uid_t nobody = 65534;
    // Somebody has used up what the user may have in pipes; every further one is small.
    const pid_t hog = fork();
    if (hog == 0) {
        constexpr rlim_t many = 5000;
        const rlimit limit{many, many};
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)setresuid(nobody, nobody, nobody);
        std::array<int, 2> ends{};
        for (int i = 0; i < 1100; ++i) {
            (void)!pipe(ends.data());
        }
        (void)pause();
        _exit(0);
    }
    const auto descriptors = "/proc/" + std::to_string(hog) + "/fd";
    EXPECT_TRUE(
        eventually([&] { return std::distance(fs::directory_iterator(descriptors), {}) > 2200; }));
    DaemonUnderTest daemon;
    for (const char* part : {"", "/watchdog.d", "/signs"}) {
        ASSERT_EQ(chown((daemon.folder() + part).c_str(), nobody, nobody), 0);
    }
    constexpr int lines = 200;
    daemon.job("pool", "instances = 4\n" +
                           shell_job("awk \"BEGIN { while (length(s) < 9000) s = s %i; "
                                     "for (i = 0; i < 200; i++) print s }\"; exec sleep 1000"));
    daemon.start({.before_exec = [] { (void)setresuid(nobody, nobody, nobody); }});
    EXPECT_TRUE(daemon.logs("pool", "\n", 4 * lines));
    EXPECT_EQ(daemon.stop(), 0);
    std::istringstream text(daemon.log("pool"));
    for (std::string line; std::getline(text, line);) {
        ASSERT_EQ(line, std::string(9000, line.front()));
    }
    (void)kill(hog, SIGKILL);
    (void)waitpid(hog, nullptr, 0);
}

// ---- the journal -------------------------------------------------------------------------------

/// In the place of the journal: a socket in a folder that the daemon sees as the journal's.
class Journal {
  public:
    explicit Journal(const std::string& folder) : folder_(folder) {
        fs::create_directory(folder);
        socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = folder + "/socket";
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        (void)chmod(path.c_str(), 0666);
    }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal() { (void)close(socket_); }

    /// To be called in the process that is to see it.
    void take_place() const {
        mount_in_private("tmpfs", "/run", "size=1m");
        std::error_code problem;
        fs::create_directories("/run/systemd/journal", problem);
        if (mount(folder_.c_str(), "/run/systemd/journal", nullptr, MS_BIND, nullptr) != 0) {
            _exit(126);
        }
    }

    /// The next entry; empty: none comes.
    [[nodiscard]] std::string entry() const {
        pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
        if (poll(&ready, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) != 1) {
            return "";
        }
        std::string text(100'000, '\0');
        const ssize_t size = recv(socket_, text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return text;
    }

  private:
    std::string folder_;
    int socket_ = -1;
};

std::string field_of(const std::string& entry, const std::string& key) {
    std::istringstream lines(entry);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(key + "=")) {
            return line.substr(key.size() + 1);
        }
    }
    return "(no " + key + ")";
}

TEST(LoggerOfDaemon, sends_lines_to_the_journal_with_the_names_of_job_and_instance) {
    SKIP_UNLESS_ROOT();
    DaemonUnderTest daemon;
    const Journal journal(daemon.folder() + "/journal");
    const std::string go = daemon.path("go");
    daemon.job("w", "instances = 2\n" +
                        shell_job("while [ ! -e " + go +
                                      "%i ]; do sleep 0.01; done; echo out; printf half; "
                                      "while [ ! -e " +
                                      go + "%i.err ]; do sleep 0.01; done; echo err >&2; exit 1",
                                  "[log]\ntarget = \"journal\"\nstderr = \"separate\"\n[restart]\n"
                                  "policy = \"never\"\n"));
    daemon.start({.before_exec = [&] { journal.take_place(); }});
    ASSERT_GT(daemon.running("w@1"), 0);
    ASSERT_GT(daemon.running("w@2"), 0);
    for (const std::string instance : {"1", "2"}) {
        write_file(go + instance, "");
        const auto expect = [&](const std::string& message, const std::string& priority) {
            const std::string entry = journal.entry();
            EXPECT_EQ(field_of(entry, "MESSAGE"), message);
            EXPECT_EQ(field_of(entry, "SYSLOG_IDENTIFIER"), "w");
            EXPECT_EQ(field_of(entry, "RESPAWND_INSTANCE"), "w@" + instance);
            EXPECT_EQ(field_of(entry, "PRIORITY"), priority);
        };
        expect("out", "6");
        write_file(go + instance + ".err", "");
        // The half line comes with the end of the run, before or after what was said to err.
        std::vector<std::string> entries{journal.entry(), journal.entry()};
        std::ranges::sort(entries, {}, [](const auto& one) { return field_of(one, "PRIORITY"); });
        EXPECT_EQ(field_of(entries[0], "MESSAGE"), "err");
        EXPECT_EQ(field_of(entries[0], "PRIORITY"), "3");
        EXPECT_EQ(field_of(entries[0], "RESPAWND_INSTANCE"), "w@" + instance);
        EXPECT_EQ(field_of(entries[1], "MESSAGE"), "half");
        EXPECT_EQ(field_of(entries[1], "PRIORITY"), "6");
    }
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_FALSE(exists(daemon.folder() + "/log/w.log"));
}

TEST(LoggerOfDaemon, says_that_no_journal_runs_and_takes_it_when_it_comes) {
    SKIP_UNLESS_ROOT();
    DaemonUnderTest daemon;
    const std::string folder = daemon.folder() + "/journal";
    const Journal journal(folder);
    fs::rename(folder + "/socket", folder + "/later");
    daemon.job("w", shell_job("echo hello; exec sleep 1000", "[log]\ntarget = \"journal\"\n"));
    daemon.start({.before_exec = [&] { journal.take_place(); }});
    EXPECT_TRUE(daemon.says("so no journal runs here; use target = \"file\""));
    fs::rename(folder + "/later", folder + "/socket");
    EXPECT_EQ(field_of(journal.entry(), "MESSAGE"), "hello");
    EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace respawnd::tests
