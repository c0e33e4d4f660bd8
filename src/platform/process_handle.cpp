#include "platform/process_handle.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace respawnd::platform {
namespace {

// Debian 12's headers know neither.
constexpr long pidfs_magic = 0x50494446;
constexpr unsigned pidfd_signal_process_group = 1U << 2;

int send(int pidfd, int number, unsigned flags) {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, flags));
}

core::ExitStatus status_of(const siginfo_t& info) {
    using Kind = core::ExitStatus::Kind;
    switch (info.si_code) {
        case CLD_EXITED:
            return {Kind::exited, info.si_status, false};
        case CLD_KILLED:
            return {Kind::signalled, info.si_status, false};
        case CLD_DUMPED:
            return {Kind::signalled, info.si_status, true};
        default:
            return {};
    }
}

}  // namespace

core::Result<ProcessHandle> ProcessHandle::open(pid_t pid) {
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) {
        return core::system_error("open process " + std::to_string(pid));
    }
    return ProcessHandle(pid, std::move(pidfd));
}

std::optional<std::uint64_t> ProcessHandle::inode() const {
    struct statfs filesystem{};
    struct stat file{};
    // Before pidfs all pidfds share the one inode of anon_inodefs, which would identify nobody.
    if (::fstatfs(pidfd_.get(), &filesystem) != 0 || filesystem.f_type != pidfs_magic ||
        ::fstat(pidfd_.get(), &file) != 0) {
        return std::nullopt;
    }
    return file.st_ino;
}

core::Result<void> ProcessHandle::signal(int number) const {
    if (send(pidfd_.get(), number, 0) != 0) {
        return core::system_error("signal process " + std::to_string(pid_));
    }
    return {};
}

core::Result<void> ProcessHandle::signal_group(int number) const {
    const std::string tried = "signal process group " + std::to_string(pid_);
    if (reaped_ || pid_ <= 1) {
        return std::unexpected(core::Error{tried, ESRCH});
    }
    if (send(pidfd_.get(), number, pidfd_signal_process_group) == 0) {
        return {};
    }
    // EINVAL: before Linux 6.9. Safe while the leader is not reaped, see the header; a stranger's
    // process, whose end we cannot time, is signalled this way only while it is seen to live.
    if (errno == EINVAL && send(pidfd_.get(), 0, 0) == 0 && ::kill(-pid_, number) == 0) {
        return {};
    }
    return core::system_error(tried);
}

std::optional<core::ExitStatus> ProcessHandle::reap() {
    siginfo_t info{};
    const int result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG);
    if (result == 0 && info.si_pid != 0) {
        reaped_ = true;
        return status_of(info);
    }
    if (result != 0 && has_ended()) {
        reaped_ = true;
        return core::ExitStatus{};
    }
    return std::nullopt;
}

bool ProcessHandle::has_ended() const {
    pollfd wait{pidfd_.get(), POLLIN, 0};
    return ::poll(&wait, 1, 0) > 0 && (wait.revents & (POLLIN | POLLHUP)) != 0;
}

}  // namespace respawnd::platform
