#include "platform/process_setup.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>

namespace respawnd::platform {

void settle_descriptors() {
    // Ascending, so that open(2) gives just the number that is free.
    for (int standard = 0; standard <= STDERR_FILENO; ++standard) {
        if (fcntl(standard, F_GETFD) < 0) {
            (void)open("/dev/null", O_RDWR);
        }
    }
    struct CloseFolder {
        void operator()(DIR* folder) const { (void)closedir(folder); }
    };
    const std::unique_ptr<DIR, CloseFolder> folder(opendir("/proc/self/fd"));
    if (folder == nullptr) {
        return;  // no /proc; children close everything above 2 anyway
    }
    while (const dirent* entry = readdir(folder.get())) {
        int number = -1;
        const char* end = entry->d_name + std::strlen(entry->d_name);
        const auto [stop, problem] = std::from_chars(entry->d_name, end, number);
        if (problem == std::errc() && stop == end && number > STDERR_FILENO) {
            (void)fcntl(number, F_SETFD, FD_CLOEXEC);
        }
    }
}

void block_signals() {
    sigset_t blocked;
    (void)sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGTSTP}) {
        (void)sigdelset(&blocked, fault);
    }
    (void)sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

core::Result<void> become_supervisor() {
    if (access("/proc/self/stat", F_OK) != 0) {
        return core::failure(
            "/proc is not mounted, and without it nobody can tell which processes belong to a job; "
            "mend it with: mount -t proc proc /proc");
    }
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        return core::system_error("become the parent of orphans");
    }
    if (geteuid() == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return core::system_error("keep others from tracing this process");
    }
    constexpr mode_t usual = 022;
    (void)umask(usual);
    return {};
}

}  // namespace respawnd::platform
