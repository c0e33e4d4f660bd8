#include "systemd/booted_system.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "systemd/fresh_root.h"

namespace respawnd::tests {
namespace {

namespace fs = std::filesystem;

constexpr unsigned long namespaces =
    CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;

/// Where cgroup v2 is mounted; it may be beside the controllers of v1.
std::string cgroup_mount() {
    std::istringstream mounts(read_file("/proc/self/mounts"));
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string source;
        std::string where;
        std::string type;
        words >> source >> where >> type;
        if (type == "cgroup2") {
            return where;
        }
    }
    return "";
}

/// fork(2) into namespaces.
pid_t fork_with(unsigned long flags) {
    return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0UL));
}

int status_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    constexpr int signal_base = 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

/// Removes a cgroup and those below it, unless there are processes in them.
bool removes_cgroup(const std::string& path) {
    std::vector<std::string> found{path};
    for (std::size_t at = 0; at < found.size(); ++at) {
        std::error_code gone;
        for (const auto& entry : fs::directory_iterator(found[at], gone)) {
            if (entry.is_directory(gone)) {
                found.push_back(entry.path());
            }
        }
    }
    for (auto one = found.rbegin(); one != found.rend(); ++one) {
        (void)rmdir(one->c_str());
    }
    return !exists(path);
}

/// A cgroup is named after the test program, so that another removes what a killed one has left.
constexpr const char* cgroup_prefix = "respawnd-test-";

std::string cgroup_name() {
    static int made = 0;
    return cgroup_prefix + std::to_string(getpid()) + "-" + std::to_string(++made);
}

void remove_what_was_left(const std::string& cgroups) {
    for (const auto& entry : fs::directory_iterator(cgroups)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(cgroup_prefix) &&
            !is_alive(std::atoi(name.c_str() + std::strlen(cgroup_prefix)))) {
            (void)removes_cgroup(entry.path());
        }
    }
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    for (std::string& word : words) {
        result.push_back(word.data());
    }
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> variables() {
    return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
            "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"};
}

[[noreturn]] void exec(std::vector<std::string> words, std::vector<std::string> environment) {
    (void)execvpe(words[0].c_str(), pointers(words).data(), pointers(environment).data());
    std::perror(words[0].c_str());
    _exit(127);
}

/// What could touch the machine whatever the namespaces.
void drop_rights_over_the_machine() {
    for (const int capability :
         {CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYSLOG, CAP_WAKE_ALARM}) {
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
}

std::string find_obstacle() {
    if (geteuid() != 0) {
        return "only root can boot a systemd in namespaces";
    }
    for (const char* program :
         {"/lib/systemd/systemd", "/lib/systemd/systemd-journald", "/bin/systemctl"}) {
        if (access(program, X_OK) != 0) {
            return std::string("there is no ") + program + " (package systemd)";
        }
    }
    const std::string mounted = cgroup_mount();
    if (mounted.empty()) {
        return "cgroup v2 is mounted nowhere";
    }
    remove_what_was_left(mounted);
    const std::string probe = mounted + "/" + cgroup_name();
    if (mkdir(probe.c_str(), 0755) != 0 || rmdir(probe.c_str()) != 0) {
        return "no cgroup can be made in " + mounted;
    }
    const pid_t child = fork_with(namespaces | CLONE_NEWCGROUP);
    if (child == 0) {
        _exit(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : 1);
    }
    if (child < 0 || status_of(child) != 0) {
        return "this machine refuses new namespaces with mounts in them";
    }
    return "";
}

}  // namespace

std::string BootedSystem::obstacle() {
    static const std::string found = find_obstacle();
    return found;
}

BootedSystem::BootedSystem() {
    for (const char* name : {"/top", "/shared", "/log"}) {
        fs::create_directory(folder_.path() + name);
    }
}

BootedSystem::~BootedSystem() {
    if (testing::Test::HasFailure() && pid_ > 0) {
        std::cerr << read_file(folder_.path() + "/messages") << "--- the journal:\n"
                  << journal({}) << "---\n";
    }
    end();
    if (!cgroup_.empty()) {
        // It is empty a moment after the last process in it has been waited for.
        (void)eventually([this] { return removes_cgroup(cgroup_); });
    }
}

void BootedSystem::end() {
    if (pid_ > 0) {
        (void)kill(pid_, SIGKILL);
        (void)status_of(pid_);
        pid_ = -1;
    }
}

bool BootedSystem::has_ended() {
    if (!eventually([&] { return waitpid(pid_, nullptr, WNOHANG) == pid_; })) {
        return false;
    }
    pid_ = -1;
    return true;
}

bool BootedSystem::boot(Installed installed) {
    cgroup_ = cgroup_mount() + "/" + cgroup_name();
    if (mkdir(cgroup_.c_str(), 0755) != 0) {
        return false;
    }
    const pid_t parent = getpid();
    pid_ = fork_with(namespaces);
    if (pid_ == 0) {
        // With a test program that is killed, all of it has to go. getppid() is 0 from in here.
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (!exists("/proc/" + std::to_string(parent))) {
            _exit(1);
        }
        become_systemd(installed);
    }
    return pid_ > 0 &&
           eventually([&] { return !is_alive(pid_) || exists(inside("/run/systemd/private")); }) &&
           is_alive(pid_) && shows("ActiveState", "active", "multi-user.target");
}

void BootedSystem::become_systemd(Installed installed) const {
    (void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    const int messages =
        open((folder_.path() + "/messages").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    (void)dup2(messages, STDOUT_FILENO);
    (void)dup2(messages, STDERR_FILENO);
    (void)close_range(3, ~0U, 0);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, nullptr);
    // Alone in the cgroup, or systemd finds processes there that it cannot name.
    write_file(cgroup_ + "/cgroup.procs", "0");
    if (unshare(CLONE_NEWCGROUP) != 0) {
        std::perror("unshare");
        _exit(1);
    }
    enter_fresh_root({.top = folder_.path() + "/top",
                      .sources = RESPAWND_SOURCE_DIR,
                      .build = RESPAWND_BINARY_DIR,
                      .shared = shared(""),
                      .logs = log(""),
                      .is_installed = installed == Installed::yes});
    drop_rights_over_the_machine();
    // `container` keeps systemd off consoles and hardware.
    exec({"/lib/systemd/systemd", "--system", "--unit=multi-user.target",
          "--log-target=journal-or-kmsg", "--show-status=no"},
         {"container=namespaces", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"});
}

Outcome BootedSystem::run(const std::vector<std::string>& words) const {
    const int output = memfd_create("output", MFD_CLOEXEC);
    const int system = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    const pid_t child = fork();
    if (child == 0) {
        if (setns(system, static_cast<int>(namespaces | CLONE_NEWCGROUP)) != 0) {
            std::perror("setns");
            _exit(127);
        }
        const pid_t inner = fork();  // only children are in the new process namespace
        if (inner != 0) {
            _exit(status_of(inner));
        }
        (void)dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        (void)dup2(output, STDOUT_FILENO);
        (void)dup2(output, STDERR_FILENO);
        (void)alarm(static_cast<unsigned>(patience.count()));
        exec(words, variables());
    }
    (void)close(system);
    const int status = status_of(child);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0, at = 0; (size = pread(output, buffer.data(), buffer.size(), at)) > 0;
         at += size) {
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    (void)close(output);
    return {status, text};
}

Outcome BootedSystem::shell(const std::string& script) const {
    return run({"/bin/sh", "-c", script});
}

Outcome BootedSystem::systemctl(std::vector<std::string> words) const {
    words.insert(words.begin(), "systemctl");
    return run(words);
}

std::string BootedSystem::property(const std::string& name, const std::string& unit) const {
    std::string value = systemctl({"show", "--timestamp=us+utc", "--value", "-p", name, unit}).text;
    if (value.ends_with('\n')) {
        value.pop_back();
    }
    return value;
}

bool BootedSystem::shows(const std::string& name, const std::string& value,
                         const std::string& unit) const {
    return eventually([&] { return property(name, unit) == value; });
}

std::string BootedSystem::journal(std::vector<std::string> words) const {
    words.insert(words.begin(), {"journalctl", "--no-pager", "-q", "-o", "cat"});
    return run(words).text;
}

bool BootedSystem::says(const std::string& text, int times) const {
    return eventually([&] { return count(journal({"-t", "respawnd"}), text) >= times; });
}

std::string BootedSystem::inside(const std::string& path) const {
    return "/proc/" + std::to_string(pid_) + "/root" + path;
}

void BootedSystem::job(const std::string& name, const std::string& text) const {
    place_file(inside("/etc/respawnd/watchdog.d/" + name + ".toml"), text);
}

void BootedSystem::drop_in(const std::string& text) const {
    const std::string folder = inside("/etc/systemd/system/respawnd.service.d");
    fs::create_directories(folder);
    write_file(folder + "/test.conf", text);
    EXPECT_EQ(systemctl({"daemon-reload"}).status, 0);
}

void BootedSystem::unit(const std::string& name, const std::string& text) const {
    write_file(inside("/etc/systemd/system/" + name), text);
    EXPECT_EQ(systemctl({"daemon-reload"}).status, 0);
}

std::string BootedSystem::shared(const std::string& name) const {
    return folder_.path() + "/shared/" + name;
}

std::string BootedSystem::log(const std::string& name) const {
    return folder_.path() + "/log/" + name;
}

void Booted::SetUp() {
    if (const std::string why = BootedSystem::obstacle(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    ASSERT_TRUE(system_.boot());
}

}  // namespace respawnd::tests
