#include "scenario/daemon_under_test.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace respawnd::tests {
namespace {

constexpr mode_t everybody = 0777;

/// The test program adopts what a killed daemon leaves, so that it can be ended.
void become_subreaper() {
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void kill_tree(pid_t root) {
    for (const pid_t child : children_of(root)) {
        kill_tree(child);
    }
    (void)kill(root, SIGKILL);
    (void)kill(root, SIGCONT);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    for (std::string& word : words) {
        result.push_back(word.data());
    }
    result.push_back(nullptr);
    return result;
}

}  // namespace

int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    const std::string number = std::to_string(parent);
    std::istringstream list(read_file("/proc/" + number + "/task/" + number + "/children"));
    for (pid_t child = 0; list >> child;) {
        children.push_back(child);
    }
    return children;
}

std::string status_field(pid_t pid, const std::string& key) {
    std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(key + ":")) {
            return line.substr(line.find_first_not_of(" \t", key.size() + 1));
        }
    }
    return "(no " + key + ")";
}

bool wants_all() {
    return std::getenv("RESPAWND_ALL") != nullptr;
}

bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

TemporaryFolder::TemporaryFolder() : path_("/tmp/respawnd-test.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) {
        std::perror("mkdtemp");
        std::abort();
    }
    (void)chmod(path_.c_str(), 0755);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

void place_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".new";
    write_file(temporary, text);
    std::filesystem::rename(temporary, path);
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

bool is_alive(pid_t pid) {
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    const auto name_end = stat.rfind(')');
    return name_end != std::string::npos && stat.size() > name_end + 2 &&
           stat[name_end + 2] != 'Z' && stat[name_end + 2] != 'X';
}

DaemonUnderTest::DaemonUnderTest(DaemonOptions options) : options_(std::move(options)) {
    become_subreaper();
    std::filesystem::create_directory(folder() + "/watchdog.d");
    std::filesystem::create_directory(folder() + "/signs");
    (void)chmod((folder() + "/signs").c_str(), everybody);
}

DaemonUnderTest::~DaemonUnderTest() {
    if (testing::Test::HasFailure()) {
        std::cerr << "--- the daemon said:\n" << messages() << "--- jobs wrote:\n" << output();
    }
    if (pid_ > 0 && exit_code_ < 0) {
        kill_tree(pid_);
        (void)waitpid(pid_, nullptr, 0);
    }
    for (const pid_t child : children_of(getpid())) {
        kill_tree(child);
    }
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

void DaemonUnderTest::start(DaemonOptions options) {
    options_ = std::move(options);
    start();
}

void DaemonUnderTest::start() {
    write_file(folder() + "/respawnd.toml", options_.settings);
    std::vector<std::string> words = options_.wrapper;
    for (const auto& word :
         {std::string(RESPAWND_BINARY_DIR "/src/respawnd"), std::string("--config"),
          folder() + "/respawnd.toml", std::string("--jobs"), folder() + "/watchdog.d",
          std::string("--runtime-dir"), folder() + "/run", std::string("--log-dir"),
          folder() + "/log"}) {
        words.push_back(word);
    }
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
    std::vector<std::string> variables;
    for (const char* kept : {"PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
        if (const char* value = std::getenv(kept)) {
            variables.push_back(std::string(kept) + "=" + value);
        }
    }
    if (!options_.wrapper.empty()) {
        // The search for leaks traces the process, which strace does already.
        std::erase_if(variables,
                      [](const std::string& one) { return one.starts_with("ASAN_OPTIONS="); });
        variables.emplace_back("ASAN_OPTIONS=detect_leaks=0");
    }
    for (const auto& [name, value] : options_.environment) {
        variables.push_back(name + "=" + value);
    }
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> envp = pointers(variables);
    const std::string messages_path = folder() + "/messages";
    const std::string output_path = folder() + "/output";
    pid_ = fork();
    if (pid_ == 0) {
        constexpr int flags = O_WRONLY | O_CREAT | O_APPEND;
        (void)dup2(open(output_path.c_str(), flags, 0644), STDOUT_FILENO);
        (void)dup2(open(messages_path.c_str(), flags, 0644), STDERR_FILENO);
        if (options_.before_exec) {
            options_.before_exec();
        }
        (void)execvpe(argv[0], argv.data(), envp.data());
        std::perror(argv[0]);
        _exit(127);
    }
    exit_code_ = -1;
}

std::string DaemonUnderTest::job_path(const std::string& name) const {
    return folder() + "/watchdog.d/" + name + ".toml";
}

std::string DaemonUnderTest::path(const std::string& name) const {
    return folder() + "/signs/" + name;
}

void DaemonUnderTest::job(const std::string& name, const std::string& text) const {
    place_file(job_path(name), text);
}

void DaemonUnderTest::remove_job(const std::string& name) const {
    std::filesystem::remove(job_path(name));
}

void DaemonUnderTest::signal(int number) const {
    ASSERT_GT(pid_, 0);
    ASSERT_EQ(kill(pid_, number), 0);
}

int DaemonUnderTest::wait_for_exit() {
    const bool has_ended = eventually([&] {
        int status = 0;
        if (exit_code_ >= 0 || waitpid(pid_, &status, WNOHANG) != pid_) {
            return exit_code_ >= 0;
        }
        constexpr int signal_base = 128;
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
        return true;
    });
    return has_ended ? exit_code_ : -1;
}

int DaemonUnderTest::stop() {
    signal(SIGTERM);
    return wait_for_exit();
}

std::string DaemonUnderTest::messages() const {
    return read_file(folder() + "/messages");
}

std::string DaemonUnderTest::output() const {
    return read_file(folder() + "/output");
}

int DaemonUnderTest::said(const std::string& text) const {
    return count(messages(), text);
}

bool DaemonUnderTest::says(const std::string& text, int times) const {
    return eventually([&] { return count(messages(), text) >= times; });
}

std::string DaemonUnderTest::log(const std::string& name) const {
    return read_file(folder() + "/log/" + name + ".log");
}

bool DaemonUnderTest::logs(const std::string& name, const std::string& text, int times) const {
    return eventually([&] { return count(log(name), text) >= times; });
}

pid_t DaemonUnderTest::logger() const {
    pid_t found = 0;
    (void)eventually([&] {
        for (const pid_t child : children_of(pid_)) {
            if (status_field(child, "Name") == "respawn-logger" && is_alive(child)) {
                found = child;
            }
        }
        return found != 0;
    });
    return found;
}

bool DaemonUnderTest::prints(const std::string& text, int times) const {
    return eventually([&] { return count(output(), text) >= times; });
}

pid_t DaemonUnderTest::running(const std::string& name, int nth) const {
    const std::string what = " " + name + ": running, pid ";
    if (!says(what, nth)) {
        return 0;
    }
    const std::string text = messages();
    auto at = text.find(what);
    for (int i = 1; i < nth; ++i) {
        at = text.find(what, at + 1);
    }
    return std::atoi(text.c_str() + at + what.size());
}

std::string DaemonUnderTest::sign(const std::string& name) const {
    if (!eventually([&] { return read_file(path(name)).ends_with('\n'); })) {
        return "(no such sign)";
    }
    std::string text = read_file(path(name));
    text.pop_back();
    return text;
}

}  // namespace respawnd::tests
