// respawn-logger: takes what jobs write out of their FIFOs into their logs. Started by respawnd
// only, with a socket to it as standard input.
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "logger/logger.h"
#include "platform/logger_protocol.h"

namespace {

using respawnd::platform::UniqueFd;

/// The daemon ends the logger by a message or by closing the socket, after the last job: signals
/// that a terminal or a service manager sends to the whole group must not end it before.
void ignore_signals() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    for (const int signal : std::array{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ}) {
        (void)::sigaction(signal, &ignore, nullptr);
    }
}

/// Two descriptors an instance; the soft limit is often 1024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

bool is_socket(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

int fail(const std::string& text) {
    (void)std::fprintf(stderr, "respawn-logger: %s\n", text.c_str());
    return 2;
}

}  // namespace

int main(int count, char** arguments) {
    const std::span words(arguments, static_cast<std::size_t>(count));
    if (words.size() == 2 && std::string_view(words[1]) == "--version") {
        (void)std::puts("respawn-logger " RESPAWND_VERSION);
        return 0;
    }
    if (words.size() != 3 || std::string_view(words[1]) != "--log-dir" || *words[2] == '\0') {
        return fail("usage: respawn-logger --log-dir DIR, with the daemon on standard input");
    }
    UniqueFd control(respawnd::platform::logger_protocol::control_descriptor);
    if (!is_socket(control.get())) {
        (void)control.release();
        return fail("it is started by respawnd, with a socket as standard input");
    }
    ignore_signals();
    raise_descriptor_limit();
    (void)::umask(0022);
    if (*words[2] == '/' && ::chdir("/") != 0) {  // so that no mount is kept busy
        return fail("cannot enter /");
    }
    auto logger = respawnd::logger::Logger::make(std::move(control), words[2], STDOUT_FILENO);
    if (!logger) {
        return fail(logger.error().text());
    }
    (*logger)->run();
    // Not by way of destructors: a thread may hang in the kernel, and works on what they would end.
    (void)std::fflush(nullptr);
    std::_Exit(0);
}
