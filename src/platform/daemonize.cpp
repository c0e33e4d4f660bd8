#include "platform/daemonize.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace respawnd::platform {
namespace {

/// The end of what the daemon says; no message has it.
constexpr char ready_mark = '\0';

void say(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// Passes on what the daemon says until it is ready, or gone.
int wait_for_daemon(int news) {
    std::array<char, 4096> buffer{};
    bool has_said = false;
    for (;;) {
        const ssize_t size = read(news, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            if (!has_said) {
                say("respawnd: the daemon ended before it was ready\n");
            }
            return 1;
        }
        const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
        const std::size_t mark = text.find(ready_mark);
        say(text.substr(0, mark));
        if (mark != std::string_view::npos) {
            return 0;
        }
        has_said = true;
    }
}

}  // namespace

core::Result<std::variant<Daemonized, int>> Daemonized::begin() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return core::system_error("daemonize: make a pipe");
    }
    UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null) {
        return core::system_error("daemonize: open /dev/null");
    }
    const pid_t first = fork();
    if (first < 0) {
        return core::system_error("daemonize: fork");
    }
    if (first > 0) {
        write_end.reset();
        const int code = wait_for_daemon(read_end.get());
        (void)waitpid(first, nullptr, 0);
        return code;
    }
    read_end.reset();
    // The leader of a session could still get a terminal by opening one: its child cannot.
    if (setsid() < 0) {
        return core::system_error("daemonize: begin a session");
    }
    const pid_t second = fork();
    if (second < 0) {
        return core::system_error("daemonize: fork");
    }
    if (second > 0) {
        _exit(0);
    }
    if (chdir("/") != 0) {
        return core::system_error("daemonize: enter /");
    }
    if (dup2(null.get(), STDIN_FILENO) < 0 || dup2(null.get(), STDOUT_FILENO) < 0 ||
        dup2(write_end.get(), STDERR_FILENO) < 0) {
        return core::system_error("daemonize: redirect the standard streams");
    }
    // Whoever waits may be gone by the time that something is said.
    (void)signal(SIGPIPE, SIG_IGN);
    return Daemonized(std::move(null));
}

void Daemonized::ready() {
    if (!null_) {
        return;
    }
    [[maybe_unused]] const ssize_t told = write(STDERR_FILENO, &ready_mark, 1);
    (void)dup2(null_.get(), STDERR_FILENO);
    null_.reset();
}

}  // namespace respawnd::platform
