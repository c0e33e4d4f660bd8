#include "run/caller.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace respawnd::run {

core::Result<Caller> Caller::take_over() {
    // Our own descriptors must not get the numbers of standard streams that the caller has closed;
    // close-on-exec, so that the command finds them closed again.
    for (int descriptor = 0; descriptor <= STDERR_FILENO;) {
        descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (descriptor < 0 || descriptor > STDERR_FILENO) {
            platform::UniqueFd not_needed(descriptor);
            break;
        }
    }
    Caller caller;
    sigset_t all;
    (void)sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, &caller.mask_) != 0) {
        return core::system_error("block the signals");
    }
    // Where the caller ignores SIGCHLD the kernel reaps, and no status would be left for us.
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;
    (void)sigaction(SIGCHLD, &usual, &caller.child_action_);
    caller.signals_.reset(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!caller.signals_) {
        return core::system_error("wait for signals");
    }
    if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        return core::system_error("become the parent of orphans");
    }
    return caller;
}

void Caller::give_back() const {
    (void)sigaction(SIGCHLD, &child_action_, nullptr);
    (void)sigprocmask(SIG_SETMASK, &mask_, nullptr);
}

}  // namespace respawnd::run
