// Measures the daemon beside a bare loop in the same run, because only ratios mean something on a
// machine that does other things as well. Every line ends with what is to be reached.
//
//     bench [--rounds N] [--idle SECONDS] [--only logs]

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/bare.h"
#include "bench/board.h"
#include "bench/logs.h"
#include "bench/measured_daemon.h"

namespace respawnd::bench {
namespace {

const std::string base = "/tmp/respawnd-bench." + std::to_string(getpid());
const std::string board_path = base + "/board";
Board* board = nullptr;

std::string probe() {
    return RESPAWND_BINARY_DIR "/tests/bench/respawnd-probe";
}

/// A job that notes its starts in `slot`; every run of it counts as a stable one.
std::string job_text(int slot, const std::string& more = "") {
    return "command = [\"" + probe() + "\", \"" + board_path + "\", \"" + std::to_string(slot) +
           "\"]\n[log]\ntarget = \"none\"\n[restart]\nreset_after = \"0s\"\n" + more;
}

std::string storm_text(int slot) {
    return "command = [\"" + probe() + "\", \"" + board_path + "\", \"" + std::to_string(slot) +
           "\", \"exit\"]\n[log]\ntarget = \"none\"\n[restart]\npolicy = \"always\"\n"
           "backoff = \"0s\"\nmax_backoff = \"0s\"\n";
}

std::vector<std::string> probe_words(int slot, bool ends = false) {
    std::vector<std::string> words{probe(), board_path, std::to_string(slot)};
    if (ends) {
        words.emplace_back("exit");
    }
    return words;
}

void clear_board() {
    std::memset(static_cast<void*>(board), 0, sizeof(Board));
}

void wait_for(int slot, std::uint32_t starts) {
    auto& word = board->slots[static_cast<std::size_t>(slot)].starts;
    for (std::uint32_t seen = word.load(); seen < starts; seen = word.load()) {
        sleep_while(word, seen);
    }
}

void wait_for_all(int count) {
    for (int slot = 0; slot < count; ++slot) {
        wait_for(slot, 1);
    }
}

std::int64_t last_start(int count) {
    std::int64_t last = 0;
    for (int slot = 0; slot < count; ++slot) {
        last = std::max(last, board->slots[static_cast<std::size_t>(slot)].started_ns.load());
    }
    return last;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void report(const char* what, double ours, double bare, double limit, const char* unit,
            const char* goal) {
    std::printf("%-34s ours %10.1f %-4s bare %10.1f  set up %10.1f  ratio %5.2f, %5.2f  (%s)\n",
                what, ours, unit, bare, limit, ours / bare, ours / limit, goal);
    (void)std::fflush(stdout);
}

// ---- restart -----------------------------------------------------------------------------------

/// A stable job dies out of the blue: nothing has run for a while when it does.
void let_everything_sleep() {
    constexpr useconds_t a_while = 20000;
    (void)usleep(a_while);
}

double bare_restart(Child kind) {
    const pid_t pid = bare_start(kind, probe_words(0));
    const std::uint32_t before = board->slots[0].starts.load();
    wait_for(0, before + 1 - (board->slots[0].pid.load() == pid ? 1 : 0));
    let_everything_sleep();
    const std::int64_t killed = now_ns();
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, nullptr, 0);
    const std::uint32_t starts = board->slots[0].starts.load();
    const pid_t next = bare_start(kind, probe_words(0));
    wait_for(0, starts + 1);
    const auto took = static_cast<double>(board->slots[0].started_ns.load() - killed);
    (void)kill(next, SIGKILL);
    (void)waitpid(next, nullptr, 0);
    return took;
}

void measure_restart(int rounds) {
    clear_board();
    MeasuredDaemon daemon(base + "/d");
    daemon.job("probe", job_text(0));
    daemon.start();
    wait_for(0, 1);
    std::vector<double> ours;
    for (int i = 0; i < rounds; ++i) {
        let_everything_sleep();
        const std::uint32_t starts = board->slots[0].starts.load();
        const std::int64_t killed = now_ns();
        (void)kill(board->slots[0].pid.load(), SIGKILL);
        wait_for(0, starts + 1);
        ours.push_back(static_cast<double>(board->slots[0].started_ns.load() - killed));
    }
    (void)daemon.stop();
    std::vector<double> bare;
    std::vector<double> set_up;
    for (int i = 0; i < rounds; ++i) {
        bare.push_back(bare_restart(Child::spawned));
        set_up.push_back(bare_restart(Child::set_up));
    }
    report("kill to first instruction", median(ours) / 1e3, median(bare) / 1e3,
           median(set_up) / 1e3, "us", "at most 1.5");
}

// ---- storms ------------------------------------------------------------------------------------

void measure_storm(int jobs) {
    constexpr double seconds = 3;
    clear_board();
    MeasuredDaemon daemon(base + "/d");
    for (int i = 0; i < jobs; ++i) {
        daemon.job("storm" + std::to_string(i), storm_text(i));
    }
    daemon.start();
    wait_for_all(jobs);
    const std::uint64_t before = board->starts.load();
    const std::int64_t begin = now_ns();
    (void)usleep(static_cast<useconds_t>(seconds * 1e6));
    const double ours = static_cast<double>(board->starts.load() - before) /
                        (static_cast<double>(now_ns() - begin) / 1e9);
    (void)daemon.stop();
    const double bare = bare_storm(Child::spawned, jobs, seconds, probe_words(0, true));
    const double set_up = bare_storm(Child::set_up, jobs, seconds, probe_words(0, true));
    report(("crash storm, jobs: " + std::to_string(jobs)).c_str(), ours, bare, set_up, "/s",
           "at least 0.4");
}

// ---- many jobs
// -----------------------------------------------------------------------------------

struct BareFleet {
    double up = 0;
    double down = 0;
};

BareFleet bare_fleet(Child kind, int count) {
    clear_board();
    std::vector<pid_t> pids;
    const std::int64_t begin = now_ns();
    for (int slot = 0; slot < count; ++slot) {
        pids.push_back(bare_start(kind, probe_words(slot)));
    }
    wait_for_all(count);
    BareFleet took{.up = static_cast<double>(last_start(count) - begin)};
    const std::int64_t end = now_ns();
    for (const pid_t pid : pids) {
        (void)kill(pid, SIGTERM);
        (void)waitpid(pid, nullptr, 0);
    }
    took.down = static_cast<double>(now_ns() - end);
    return took;
}

void fill(const MeasuredDaemon& daemon, int count) {
    for (int slot = 0; slot < count; ++slot) {
        daemon.job("job" + std::to_string(slot), job_text(slot));
    }
}

double memory_with(int count) {
    clear_board();
    MeasuredDaemon daemon(base + "/d");
    fill(daemon, count);
    daemon.start();
    wait_for_all(count);
    (void)sleep(1);
    return private_bytes(daemon.pid());
}

void measure_fleet(unsigned idle_seconds) {
    constexpr int count = 1000;
    clear_board();
    MeasuredDaemon daemon(base + "/d");
    fill(daemon, count);
    const std::int64_t begin = now_ns();
    daemon.start();
    wait_for_all(count);
    const auto up = static_cast<double>(last_start(count) - begin);

    std::vector<double> moved;
    for (int slot = count; slot < count + 9; ++slot) {
        (void)usleep(300000);
        const std::int64_t at = now_ns();
        daemon.job("late" + std::to_string(slot), job_text(slot));
        wait_for(slot, 1);
        moved.push_back(static_cast<double>(
            board->slots[static_cast<std::size_t>(slot)].started_ns.load() - at));
    }
    (void)sleep(12);  // the hint of a foreground daemon comes once, after 10 s
    const pid_t logger = daemon.logger();
    const long before = wakeups(daemon.pid()) + wakeups(logger);
    (void)sleep(idle_seconds);
    const long woke = wakeups(daemon.pid()) + wakeups(logger) - before;
    const double pss = pss_bytes(daemon.pid());
    const double logger_pss = pss_bytes(logger);
    const double down = daemon.stop();

    const BareFleet bare = bare_fleet(Child::spawned, count);
    const BareFleet set_up = bare_fleet(Child::set_up, count);
    report("1,000 jobs up", up / 1e6, bare.up / 1e6, set_up.up / 1e6, "ms", "at most 1.5");
    report("1,000 jobs down", down / 1e6, bare.down / 1e6, set_up.down / 1e6, "ms", "at most 1.2");
    std::printf("file moved in beside 1,000 jobs    %.2f ms to its first instruction (at most 5)\n",
                median(moved) / 1e6);
    std::printf("idle with 1,000 jobs               %ld wake-ups in %u s (none)\n", woke,
                idle_seconds);
    std::printf("with 1,000 jobs                    PSS %.2f MB daemon, %.2f MB logger\n",
                pss / 1e6, logger_pss / 1e6);
}

void measure_memory() {
    const double small = memory_with(100);
    const double large = memory_with(1000);
    clear_board();
    MeasuredDaemon daemon(base + "/d");
    daemon.job("job0", job_text(0));
    daemon.start();
    wait_for(0, 1);
    (void)sleep(1);
    std::printf("private memory a job               %.2f KB (at most 2)\n",
                (large - small) / 900 / 1024);
    std::printf("with one job                       PSS %.2f MB daemon (6), %.2f MB logger (3)\n",
                pss_bytes(daemon.pid()) / 1e6, pss_bytes(daemon.logger()) / 1e6);
}

bool make_board() {
    std::filesystem::create_directories(base);
    const int file = open(board_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    const bool made = file >= 0 && ftruncate(file, sizeof(Board)) == 0;
    (void)close(file);
    board = made ? open_board(board_path.c_str()) : nullptr;
    return board != nullptr;
}

}  // namespace
}  // namespace respawnd::bench

int main(int count, char** words) {
    using namespace respawnd::bench;
    int rounds = 300;
    unsigned idle = 20;
    bool only_logs = false;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view word = words[i];
        if (word == "--rounds") {
            rounds = std::atoi(words[i + 1]);
        } else if (word == "--idle") {
            idle = static_cast<unsigned>(std::atoi(words[i + 1]));
        } else if (word == "--only") {
            only_logs = true;
        }
    }
    if (!make_board()) {
        std::perror("the shared board");
        return 1;
    }
    if (!only_logs) {
        measure_restart(rounds);
        measure_storm(1);
        measure_storm(20);
        measure_fleet(idle);
        measure_memory();
    }
    measure_logs(base, board_path);
    std::filesystem::remove_all(base);
    return 0;
}
