#include "logger/counted_logger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace respawnd::logger {
namespace {

/// Calls that change or look at something outside of the process. Memory, locks and the socket to
/// the daemon do not count: between two of those nothing can be lost.
constexpr std::array counted{
    SYS_openat,    SYS_close,      SYS_fstat,    SYS_newfstatat, SYS_statx,          SYS_pread64,
    SYS_pwrite64,  SYS_read,       SYS_write,    SYS_sendfile,   SYS_splice,         SYS_lseek,
    SYS_ftruncate, SYS_fallocate,  SYS_renameat, SYS_renameat2,  SYS_rename,         SYS_unlink,
    SYS_unlinkat,  SYS_mkdir,      SYS_mkdirat,  SYS_fchmod,     SYS_fchown,         SYS_utimensat,
    SYS_fdatasync, SYS_getdents64, SYS_stat,     SYS_open,       SYS_copy_file_range};

bool stop_at_counted_calls() {
    std::vector<sock_filter> program;
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    for (const long number : counted) {
        program.push_back(
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return (::geteuid() == 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool is_event(int status, int event) {
    return status >> 8 == (SIGTRAP | (event << 8));
}

}  // namespace

std::string CountedLogger::problem() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 && stop_at_counted_calls() ? 0
                                                                                              : 1);
    }
    int status = -1;
    (void)::waitpid(child, &status, __WALL);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : "no process can be traced here";
}

CountedLogger::CountedLogger(const std::string& log_folder, int control) {
    const std::string program = RESPAWND_BINARY_DIR "/src/respawn-logger";
    pid_ = ::fork();
    if (pid_ == 0) {
        (void)::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        (void)::raise(SIGSTOP);
        if (::dup2(control, 0) != 0 || !stop_at_counted_calls()) {
            ::_exit(126);
        }
        ::execl(program.c_str(), "respawn-logger", "--log-dir", log_folder.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, __WALL), pid_);
    EXPECT_TRUE(WIFSTOPPED(status));
    constexpr long options =
        PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    EXPECT_EQ(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, options), 0);
    EXPECT_EQ(::ptrace(PTRACE_CONT, pid_, nullptr, nullptr), 0);
}

CountedLogger::~CountedLogger() {
    if (pid_ > 0) {
        (void)::kill(pid_, SIGKILL);
        while (::waitpid(-1, nullptr, __WALL) > 0) {
        }
    }
}

bool CountedLogger::is_counted(pid_t thread, const std::function<bool()>& has_bytes) const {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) {
        return false;
    }
    const auto call = static_cast<long>(registers.orig_rax);
    if (thread == pid_) {
        return call == SYS_splice && has_bytes();
    }
    // What a thread says to the loop goes through an eventfd, eight bytes at a time.
    constexpr std::size_t size_of_event = 8;
    return call != SYS_write || registers.rdx != size_of_event;
}

CountedLogger::Run CountedLogger::run(std::size_t kill_at, const std::function<bool()>& has_bytes,
                                      const std::function<void()>& meanwhile) {
    Run result;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (;;) {
        int status = 0;
        const pid_t thread = ::waitpid(-1, &status, __WALL | WNOHANG);
        if (thread == 0) {
            meanwhile();
            std::this_thread::sleep_for(std::chrono::microseconds(100));
            if (std::chrono::steady_clock::now() > give_up) {
                ADD_FAILURE() << "the logger does not come to an end";
                return result;
            }
            continue;
        }
        if (thread < 0) {
            ADD_FAILURE() << "the logger got lost";
            return result;
        }
        if (!WIFSTOPPED(status)) {
            if (thread == pid_) {
                result.was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
                result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
                pid_ = -1;
                return result;
            }
            continue;
        }
        const bool is_call = is_event(status, PTRACE_EVENT_SECCOMP);
        if (is_call && is_counted(thread, has_bytes) && ++result.calls == kill_at) {
            (void)::kill(pid_, SIGKILL);
            continue;
        }
        const int signal = WSTOPSIG(status);
        const bool is_of_ptrace = status >> 16 != 0 || signal == SIGSTOP || signal == SIGTRAP;
        (void)::ptrace(PTRACE_CONT, thread, nullptr, is_of_ptrace ? 0L : static_cast<long>(signal));
    }
}

}  // namespace respawnd::logger
