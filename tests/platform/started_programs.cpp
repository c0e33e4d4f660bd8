#include "platform/started_programs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace respawnd::platform::testing {
namespace {

constexpr int generous_msec = 60'000;

/// `action` for one system call, everything else allowed.
std::vector<sock_filter> filter_for(long system_call, std::uint32_t action,
                                    std::optional<std::uint32_t> first_argument) {
    std::vector<sock_filter> filter{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(system_call), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    if (first_argument) {
        filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *first_argument, 1, 0));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, action));
    return filter;
}

long install(long system_call, std::uint32_t action, unsigned flags,
             std::optional<std::uint32_t> first_argument = std::nullopt) {
    std::vector<sock_filter> filter = filter_for(system_call, action, first_argument);
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (::geteuid() != 0) {
        (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

std::string read_to_end(int fd) {
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t size = ::read(fd, buffer, sizeof buffer);
        if (size <= 0) {
            return text;
        }
        text.append(buffer, static_cast<std::size_t>(size));
    }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = "/tmp/respawnd-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        std::abort();
    }
    path_ = name;
    (void)::chmod(path_.c_str(), 0755);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::file(const std::string& name, const std::string& content,
                                  unsigned mode) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    (void)::chmod(path.c_str(), mode);
    return path;
}

std::string TemporaryFolder::folder(const std::string& name, unsigned mode) const {
    const std::string path = path_ + "/" + name;
    (void)::mkdir(path.c_str(), 0700);
    (void)::chmod(path.c_str(), mode);
    return path;
}

bool wait_readable(int fd) {
    pollfd wait{fd, POLLIN, 0};
    return ::poll(&wait, 1, generous_msec) > 0;
}

bool wait_until(const std::function<bool()>& question) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(generous_msec);
    while (!question()) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
        (void)::poll(nullptr, 0, 1);
    }
    return true;
}

StartOutcome outcome_of(StartedChild& child) {
    for (;;) {
        if (!wait_readable(child.outcome.get())) {
            ADD_FAILURE() << "no news about the start; it is at: " << child.current_step();
            std::abort();
        }
        if (auto outcome = child.read_outcome()) {
            return *outcome;
        }
    }
}

core::ExitStatus end_of(ProcessHandle& process) {
    if (!wait_readable(process.pidfd())) {
        ADD_FAILURE() << "process " << process.pid() << " does not end";
        return {};
    }
    const auto status = process.reap();
    if (!status) {
        ADD_FAILURE() << "process " << process.pid() << " has ended and has no status";
        return {};
    }
    return *status;
}

core::ExitStatus end_of(StartedChild& child) {
    return end_of(child.process);
}

ChildRequest shell(const std::string& script) {
    return command({"/bin/sh", "-c", script});
}

ChildRequest command(std::vector<std::string> words) {
    ChildRequest request;
    request.command = std::move(words);
    request.path = "/usr/bin:/bin";
    request.environment = {"PATH=/usr/bin:/bin"};
    return request;
}

std::string output_of(ChildRequest request, ChildStarter::Ways ways) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        ADD_FAILURE() << "pipe2";
        return "";
    }
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    request.output = writer.get();
    ChildStarter starter(ways);
    auto child = starter.start(ChildPlan::make(std::move(request)));
    if (!child) {
        ADD_FAILURE() << child.error().text();
        return "";
    }
    writer.reset();
    const StartOutcome outcome = outcome_of(*child);
    if (const auto* failed = std::get_if<FailedStart>(&outcome)) {
        ADD_FAILURE() << describe(*failed);
    }
    std::string text = read_to_end(reader.get());
    (void)end_of(*child);
    return text;
}

std::string failure_of(ChildRequest request, ChildStarter::Ways ways) {
    ChildStarter starter(ways);
    auto child = starter.start(ChildPlan::make(std::move(request)));
    if (!child) {
        return "(not started) " + child.error().text();
    }
    const StartOutcome outcome = outcome_of(*child);
    const core::ExitStatus end = end_of(*child);
    const auto* failed = std::get_if<FailedStart>(&outcome);
    if (failed == nullptr) {
        return "(no failure) " + core::words(end);
    }
    EXPECT_EQ(end, (core::ExitStatus{core::ExitStatus::Kind::exited, 127, false}));
    return describe(*failed);
}

std::string in_own_process(const std::function<std::string()>& body) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return "pipe2 failed";
    }
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) {
        const std::string complaint = body();
        (void)!::write(writer.get(), complaint.data(), complaint.size());
        ::_exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    writer.reset();
    const std::string complaint = read_to_end(reader.get());
    int status = 0;
    (void)::waitpid(pid, &status, 0);
    if (status != 0) {
        return complaint + " (the process of the test ended with status " + std::to_string(status) +
               ")";
    }
    return complaint;
}

bool refuse(long system_call, int error, std::optional<std::uint32_t> first_argument) {
    return install(system_call, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error), 0,
                   first_argument) == 0;
}

bool hang_in(long system_call) {
    // A listener that never answers; the descriptor stays open for as long as this process.
    return install(system_call, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER) >= 0;
}

bool is_root() {
    return ::geteuid() == 0;
}

Identity stranger() {
    Identity identity;
    identity.uid = 54321;
    identity.gid = 54322;
    identity.groups = {54323, 54324};
    identity.user_name = "stranger";
    return identity;
}

}  // namespace respawnd::platform::testing
