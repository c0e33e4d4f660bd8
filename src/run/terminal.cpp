#include "run/terminal.h"

#include <fcntl.h>
#include <unistd.h>

namespace respawnd::run {

Terminal Terminal::ours() {
    Terminal terminal;
    // By any of the standard streams: /dev/tty need not be there in a container.
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO && !terminal.tty_; ++standard) {
        if (isatty(standard) == 1 && tcgetpgrp(standard) == getpgrp()) {
            terminal.tty_.reset(fcntl(standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
        }
    }
    return terminal;
}

void Terminal::give_to(pid_t group) const {
    if (tty_) {
        (void)tcsetpgrp(tty_.get(), group);
    }
}

bool Terminal::is_back() const {
    return tty_ && tcgetpgrp(tty_.get()) == getpgrp();
}

}  // namespace respawnd::run
