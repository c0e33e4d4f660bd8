#include "platform/kernel_features.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "platform/process_handle.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace respawnd::platform {
namespace {

/// linux/pidfd.h of Linux 6.13, which Debian 12 lacks.
struct PidfdInfo {
    std::uint64_t mask = 0;
    std::uint64_t cgroup = 0;
    std::uint32_t ids[11] = {};
    std::int32_t exit_code = 0;
};
constexpr std::uint64_t pidfd_info_pid = 1;
constexpr unsigned pidfd_signal_process_group = 1U << 2;

/// A call with arguments that cannot be right answers EINVAL where the kernel has it, and ENOSYS
/// or, from a filter, EPERM where not.
bool has_clone3() {
    return ::syscall(SYS_clone3, nullptr, 0) == -1 && errno == EINVAL;
}

bool has_close_range() {
    return ::syscall(SYS_close_range, 1, 0, 0) == -1 && errno == EINVAL;
}

bool has_pidfd_info(const ProcessHandle& self) {
    PidfdInfo info;
    info.mask = pidfd_info_pid;
    return ::ioctl(self.pidfd(), _IOWR(0xFF, 11, PidfdInfo), &info) == 0;
}

bool has_group_signal(const ProcessHandle& self) {
    return ::syscall(SYS_pidfd_send_signal, self.pidfd(), 0, nullptr,
                     pidfd_signal_process_group) == 0 ||
           errno == ESRCH;  // this process leads no group
}

}  // namespace

std::vector<KernelFeature> probe_kernel_features() {
    const auto self = ProcessHandle::open(::getpid());
    return {
        {"clone3", "5.3", "starting children, into a cgroup too", has_clone3()},
        {"close_range", "5.9", "closing the daemon's descriptors in children", has_close_range()},
        {"pidfd", "5.3", "watching processes", self.has_value()},
        {"pidfd inode", "6.9", "recognising a process after the daemon's death",
         self && self->inode().has_value()},
        {"pidfd group signal", "6.9", "signalling a job's process group",
         self && has_group_signal(*self)},
        {"PIDFD_GET_INFO", "6.13", "the exit status of a process that is no child",
         self && has_pidfd_info(*self)},
    };
}

}  // namespace respawnd::platform
