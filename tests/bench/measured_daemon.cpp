#include "bench/measured_daemon.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/board.h"

namespace respawnd::bench {
namespace {

/// The sum of the lines of a /proc file that begin with `key`.
double sum_of(const std::string& path, const std::string& key) {
    std::ifstream file(path);
    double sum = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key)) {
            sum += std::strtod(line.c_str() + line.find(':') + 1, nullptr);
        }
    }
    return sum;
}

std::string of(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

constexpr double kibibyte = 1024;

}  // namespace

MeasuredDaemon::MeasuredDaemon(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/watchdog.d");
}

MeasuredDaemon::~MeasuredDaemon() {
    if (pid_ > 0) {
        (void)stop();
    }
}

void MeasuredDaemon::job(const std::string& name, const std::string& text) const {
    const std::string temporary = folder_ + "/" + name + ".new";
    std::ofstream(temporary) << text;
    std::filesystem::rename(temporary, folder_ + "/watchdog.d/" + name + ".toml");
}

void MeasuredDaemon::start() {
    pid_ = fork();
    if (pid_ == 0) {
        const int messages =
            open((folder_ + "/messages").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        (void)dup2(messages, STDERR_FILENO);
        const std::string jobs = folder_ + "/watchdog.d";
        const std::string runtime = folder_ + "/run";
        const std::string logs = folder_ + "/log";
        (void)execl(RESPAWND_BINARY_DIR "/src/respawnd", "respawnd", "--jobs", jobs.c_str(),
                    "--runtime-dir", runtime.c_str(), "--log-dir", logs.c_str(), nullptr);
        _exit(127);
    }
}

double MeasuredDaemon::stop() {
    const std::int64_t begin = now_ns();
    (void)kill(pid_, SIGTERM);
    (void)waitpid(pid_, nullptr, 0);
    pid_ = -1;
    return static_cast<double>(now_ns() - begin);
}

pid_t MeasuredDaemon::logger() const {
    std::ifstream list(of(pid_, "task/") + std::to_string(pid_) + "/children");
    for (pid_t child = 0; list >> child;) {
        std::ifstream name(of(child, "comm"));
        std::string text;
        if (std::getline(name, text) && text == "respawn-logger") {
            return child;
        }
    }
    return -1;
}

double private_bytes(pid_t pid) {
    return sum_of(of(pid, "smaps_rollup"), "Private_") * kibibyte;
}

double pss_bytes(pid_t pid) {
    return sum_of(of(pid, "smaps_rollup"), "Pss:") * kibibyte;
}

double cpu_seconds(pid_t pid) {
    double nanoseconds = 0;
    for (const auto& thread : std::filesystem::directory_iterator(of(pid, "task"))) {
        std::ifstream file(thread.path().string() + "/schedstat");
        double of_thread = 0;
        file >> of_thread;
        nanoseconds += of_thread;
    }
    return nanoseconds / 1e9;
}

long wakeups(pid_t pid) {
    return static_cast<long>(sum_of(of(pid, "status"), "voluntary_ctxt_switches"));
}

}  // namespace respawnd::bench
