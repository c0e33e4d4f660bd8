#include "bench/bare.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "bench/board.h"

namespace respawnd::bench {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> result;
    for (const std::string& word : words) {
        result.push_back(const_cast<char*>(word.c_str()));
    }
    result.push_back(nullptr);
    return result;
}

}  // namespace

pid_t bare_start(Child kind, const std::vector<std::string>& words) {
    const std::vector<char*> argv = pointers(words);
    char* no_environment[] = {nullptr};
    pid_t pid = -1;
    if (kind == Child::spawned) {
        if (posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), no_environment) != 0) {
            std::abort();
        }
        return pid;
    }
    pid = vfork();
    if (pid == 0) {
        sigset_t none;
        (void)sigemptyset(&none);
        (void)setsid();
        (void)umask(022);
        if (chdir("/") != 0) {
            _exit(127);
        }
        const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        (void)dup2(null, 0);
        (void)dup2(null, 1);
        (void)dup2(null, 2);
        (void)syscall(SYS_close_range, 3U, ~0U, 0U);
        (void)sigprocmask(SIG_SETMASK, &none, nullptr);
        (void)execve(argv[0], argv.data(), no_environment);
        _exit(127);
    }
    if (pid < 0) {
        std::abort();
    }
    return pid;
}

double bare_storm(Child kind, int at_once, double seconds, const std::vector<std::string>& words) {
    std::uint64_t started = 0;
    const std::int64_t begin = now_ns();
    const auto end = begin + static_cast<std::int64_t>(seconds * 1e9);
    for (int i = 0; i < at_once; ++i) {
        (void)bare_start(kind, words);
        ++started;
    }
    while (now_ns() < end) {
        if (waitpid(-1, nullptr, 0) > 0) {
            (void)bare_start(kind, words);
            ++started;
        }
    }
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    return static_cast<double>(started) / (static_cast<double>(now_ns() - begin) / 1e9);
}

}  // namespace respawnd::bench
