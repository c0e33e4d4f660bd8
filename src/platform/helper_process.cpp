#include "platform/helper_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <vector>

#include "platform/raw_syscall.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace respawnd::platform {
namespace {

/// In front of an answer, so that one that was cut short by a crash is told from a whole one.
using Length = std::uint64_t;

/// Helpers that were killed and had not ended yet: a process in a system call that does not return.
std::vector<ProcessHandle>& killed() {
    static auto& handles = *new std::vector<ProcessHandle>;
    return handles;
}

void write_whole(int fd, const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = ::write(fd, at, size);
        if (written < 0 && errno != EINTR) {
            ::_exit(1);
        }
        at += written > 0 ? written : 0;
        size -= static_cast<std::size_t>(written > 0 ? written : 0);
    }
}

void leave_the_daemon_behind(int& pipe, pid_t daemon) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != daemon) {
        ::_exit(1);  // it died before the line above
    }
    const unsigned long default_action[4] = {};
    for (int number = 1; number <= 64; ++number) {
        (void)raw_syscall(SYS_rt_sigaction, number, raw(default_action), 0, 8);
    }
    sigset_t none;
    (void)::sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)::setsid();  // Ctrl-C on the daemon's terminal is not for this one
    if (pipe < 3) {
        pipe = ::fcntl(pipe, F_DUPFD_CLOEXEC, 3);
    }
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; number < 3; ++number) {
        (void)::dup2(null, number);
    }
    // Descriptors of the loop would keep leases, locks and sockets alive while this one hangs.
    if (pipe > 3) {
        (void)::syscall(SYS_close_range, 3, pipe - 1, 0);
    }
    (void)::syscall(SYS_close_range, pipe + 1, ~0U, 0);
}

[[noreturn]] void answer(int pipe, pid_t daemon, const std::function<std::string()>& question) {
    leave_the_daemon_behind(pipe, daemon);
    const std::string text = question();
    const Length length = text.size();
    write_whole(pipe, &length, sizeof length);
    write_whole(pipe, text.data(), text.size());
    ::_exit(0);
}

}  // namespace

core::Result<HelperProcess> start_helper(const std::function<std::string()>& question) {
    std::erase_if(killed(), [](ProcessHandle& process) { return process.reap().has_value(); });
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return core::system_error("make a pipe for a helper process");
    }
    UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    (void)::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    const pid_t daemon = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return core::system_error("start a helper process");
    }
    if (pid == 0) {
        // An exception must not unwind into the loop's frames, which exist in this process too.
        try {
            answer(writer.get(), daemon, question);
        } catch (const std::exception&) {
            ::_exit(1);
        }
    }
    // Our own child that nobody has reaped: the number is still its own.
    auto process = ProcessHandle::open(pid);
    if (!process) {
        (void)::kill(pid, SIGKILL);
        return std::unexpected(process.error());
    }
    return HelperProcess(std::move(*process), std::move(reader));
}

HelperProcess& HelperProcess::operator=(HelperProcess&& other) noexcept {
    if (this != &other) {
        end();
        process_ = std::move(other.process_);
        answers_ = std::move(other.answers_);
        received_ = std::move(other.received_);
    }
    return *this;
}

HelperProcess::~HelperProcess() {
    end();
}

void HelperProcess::end() noexcept {
    if (!process_) {
        return;
    }
    (void)process_.signal(SIGKILL);  // the only refusal is that it has been reaped
    if (!process_.reap().has_value()) {
        killed().push_back(std::move(process_));
    }
}

std::optional<core::Result<std::string>> HelperProcess::read() {
    char buffer[16384];
    // Bounded, so that a long answer does not hold up the loop; the pipe stays readable.
    for (int i = 0; i < 16; ++i) {
        const ssize_t size = ::read(answers_.get(), buffer, sizeof buffer);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return std::nullopt;
        }
        if (size > 0) {
            received_.append(buffer, static_cast<std::size_t>(size));
            if (received_.size() > longest_answer + sizeof(Length)) {
                return core::failure("the answer of the helper process is too long");
            }
            continue;
        }
        Length length = 0;
        if (received_.size() >= sizeof length) {
            std::memcpy(&length, received_.data(), sizeof length);
        }
        if (received_.size() < sizeof length || received_.size() - sizeof length != length) {
            return core::failure("the helper process ended without an answer");
        }
        return received_.substr(sizeof length);
    }
    return std::nullopt;
}

}  // namespace respawnd::platform
