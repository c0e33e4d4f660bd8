#include "platform/signal_dispositions.h"

#include <signal.h>

#include "platform/raw_syscall.h"

namespace respawnd::platform {

void reset_signal_dispositions() {
    // Not through sigaction(3), which refuses two real-time signals that a parent may have ignored.
    const unsigned long default_action[4] = {};
    constexpr long kernel_set_size = 8;
    for (int number = 1; number <= 64; ++number) {
        (void)raw_syscall(SYS_rt_sigaction, number, raw(default_action), 0, kernel_set_size);
    }
    struct sigaction nothing{};
    nothing.sa_handler = [](int) {};
    nothing.sa_flags = SA_RESTART;
    (void)::sigaction(SIGPIPE, &nothing, nullptr);
}

}  // namespace respawnd::platform
