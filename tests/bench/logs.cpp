#include "bench/logs.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "bench/board.h"
#include "bench/measured_daemon.h"

namespace respawnd::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* megabytes = "2000";
constexpr std::uintmax_t bytes = 2'000'000'000;
constexpr double gigabytes = 2;

/// One run of the writer: how long it wrote, and what its reader had to compute for it.
struct Written {
    double seconds = 0;
    double cpu = 0;
};

Board* board = nullptr;
std::string board_path;

std::string words(const std::string& slot, const std::string& mode) {
    return "command = [\"" RESPAWND_BINARY_DIR "/tests/bench/respawnd-probe\", \"" + board_path +
           "\", \"" + slot + "\", " + mode + "]\n";
}

void clear_board() {
    std::memset(static_cast<void*>(board), 0, sizeof(Board));
}

void wait_for(std::size_t slot) {
    auto& word = board->slots[slot].starts;
    while (word.load() == 0) {
        sleep_while(word, 0);
    }
}

/// It notes its first instruction in slot 0 and its last byte in slot 1.
double seconds_of_writer() {
    wait_for(1);
    return static_cast<double>(board->slots[1].started_ns.load() -
                               board->slots[0].started_ns.load()) /
           1e9;
}

std::uintmax_t size_of_files(const std::string& folder) {
    std::uintmax_t size = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        std::error_code gone;  // rotated meanwhile
        const std::uintmax_t one = entry.file_size(gone);
        size += gone ? 0 : one;
    }
    return size;
}

Written write_to_logger(const std::string& folder) {
    clear_board();
    MeasuredDaemon daemon(folder);
    daemon.job("w", words("0", std::string("\"write\", \"") + megabytes + "\"") +
                        "[log]\nmax_size = \"10M\"\nkeep = 1000\ncompress = \"none\"\n"
                        "[restart]\npolicy = \"never\"\n");
    daemon.start();
    Written written{.seconds = seconds_of_writer()};
    while (size_of_files(folder + "/log") < bytes) {
        (void)usleep(10000);
    }
    written.cpu = cpu_seconds(daemon.logger());
    (void)daemon.stop();
    fs::remove_all(folder);
    return written;
}

Written write_to_cat(const std::string& folder) {
    clear_board();
    fs::create_directories(folder);
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return {};
    }
    const pid_t cat = fork();
    if (cat == 0) {
        (void)dup2(ends[0], STDIN_FILENO);
        (void)dup2(open((folder + "/file").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644),
                   STDOUT_FILENO);
        (void)execlp("cat", "cat", nullptr);
        _exit(127);
    }
    const pid_t writer = fork();
    if (writer == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execl(RESPAWND_BINARY_DIR "/tests/bench/respawnd-probe", "probe", board_path.c_str(),
                    "0", "write", megabytes, nullptr);
        _exit(127);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    Written written{.seconds = seconds_of_writer()};
    (void)waitpid(writer, nullptr, 0);
    rusage usage{};
    (void)wait4(cat, nullptr, 0, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    written.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    fs::remove_all(folder);
    return written;
}

double median_of(const std::vector<Written>& all, double Written::* field) {
    std::vector<double> values;
    std::ranges::transform(all, std::back_inserter(values),
                           [&](const Written& one) { return one.*field; });
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void measure_flood(const std::string& folder) {
    std::vector<Written> ours;
    std::vector<Written> cat;
    for (int round = 0; round < 5; ++round) {
        cat.push_back(write_to_cat(folder + "/cat"));
        ours.push_back(write_to_logger(folder + "/d"));
    }
    const double our_rate = gigabytes / median_of(ours, &Written::seconds);
    const double cat_rate = gigabytes / median_of(cat, &Written::seconds);
    const double our_cpu = median_of(ours, &Written::cpu) / gigabytes;
    const double cat_cpu = median_of(cat, &Written::cpu) / gigabytes;
    std::printf(
        "100-byte lines, rotated at 10 MB   ours %10.2f GB/s cat %10.2f  ratio %5.2f  (at least "
        "0.6)\n",
        our_rate, cat_rate, our_rate / cat_rate);
    std::printf(
        "CPU of it a GB                     ours %10.2f s    cat %10.2f  ratio %5.2f  (at most "
        "2)\n",
        our_cpu, cat_cpu, our_cpu / cat_cpu);
    (void)std::fflush(stdout);
}

/// Private memory of the logger of that many jobs, each of which has written a line.
double memory_with(const std::string& folder, int count) {
    clear_board();
    MeasuredDaemon daemon(folder);
    for (int job = 0; job < count; ++job) {
        daemon.job("job" + std::to_string(job), words(std::to_string(job), "\"line\""));
    }
    daemon.start();
    for (int job = 0; job < count; ++job) {
        wait_for(static_cast<std::size_t>(job));
    }
    const std::uintmax_t a_line_each = static_cast<std::uintmax_t>(count) * 100;
    while (!fs::exists(folder + "/log") || size_of_files(folder + "/log") < a_line_each) {
        (void)usleep(10000);
    }
    (void)sleep(1);
    return private_bytes(daemon.logger());
}

void measure_many(const std::string& folder) {
    constexpr int count = 1000;
    constexpr unsigned seconds = 20;
    clear_board();
    MeasuredDaemon daemon(folder);
    for (int job = 0; job < count; ++job) {
        daemon.job("job" + std::to_string(job), words(std::to_string(job), "\"tick\""));
    }
    daemon.start();
    for (int job = 0; job < count; ++job) {
        wait_for(static_cast<std::size_t>(job));
    }
    (void)sleep(2);
    const double before = cpu_seconds(daemon.logger());
    (void)sleep(seconds);
    const double used = cpu_seconds(daemon.logger()) - before;
    (void)daemon.stop();
    std::printf("1,000 jobs, a line a second        %.2f %% of a core (at most 2)\n",
                used / seconds * 100);
    (void)std::fflush(stdout);
}

}  // namespace

void measure_logs(const std::string& base, const std::string& path_of_board) {
    board_path = path_of_board;
    board = open_board(path_of_board.c_str());
    // On memory where there is some to mount: a disk would be what is measured.
    const std::string memory = "/dev/shm/respawnd-bench." + std::to_string(getpid());
    std::error_code refused;
    fs::create_directories(memory, refused);
    const std::string folder = refused ? base + "/logs" : memory;
    measure_flood(folder);
    measure_many(folder + "/d");
    const double small = memory_with(folder + "/d", 100);
    const double large = memory_with(folder + "/d", 1000);
    std::printf("private memory of the logger a job %.2f KB (at most 1)\n",
                (large - small) / 900 / 1024);
    fs::remove_all(folder);
}

}  // namespace respawnd::bench
