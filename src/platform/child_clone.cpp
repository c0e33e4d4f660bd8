#include "platform/child_clone.h"

#include <linux/sched.h>
#include <signal.h>

#include <cstdint>

#include "platform/raw_syscall.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

namespace respawnd::platform {
namespace {

constexpr std::size_t signal_set_size = 8;

#if defined(__x86_64__)

/// The system call `number` with three arguments. Registers survive it in the child, so what the
/// child runs is kept in two of them; nothing is read from a stack before the call.
long clone_and_run(long number, long first, long second, long third, ChildSetup* setup) {
    register long fourth asm("r10") = 0;
    register long fifth asm("r8") = 0;
    register auto run asm("r12") = &run_child;
    register auto argument asm("r13") = setup;
    long result = number;
    asm volatile(
        "syscall\n\t"
        "testq %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xorl %%ebp, %%ebp\n\t"  // the outermost frame
        "andq $-16, %%rsp\n\t"
        "movq %%r13, %%rdi\n\t"
        "call *%%r12\n\t"
        "ud2\n"
        "1:"
        : "+a"(result)
        : "D"(first), "S"(second), "d"(third), "r"(fourth), "r"(fifth), "r"(run), "r"(argument)
        : "rcx", "r11", "memory", "cc");
    return result;
}

long as_number(const void* pointer) {
    return reinterpret_cast<long>(pointer);
}

long call_clone3(clone_args& arguments, const ChildStack& stack, ChildSetup& setup) {
    arguments.stack = reinterpret_cast<std::uintptr_t>(stack.low());
    arguments.stack_size = ChildStack::size();
    return clone_and_run(SYS_clone3, as_number(&arguments), sizeof arguments, 0, &setup);
}

long call_clone(std::uint64_t flags, int* pidfd, const ChildStack& stack, ChildSetup& setup) {
    const char* top = static_cast<const char*>(stack.low()) + ChildStack::size();
    return clone_and_run(SYS_clone, static_cast<long>(flags | SIGCHLD), as_number(top),
                         as_number(pidfd), &setup);
}

#else

long call_clone3(clone_args& arguments, const ChildStack&, ChildSetup& setup) {
    const long result = raw_syscall(SYS_clone3, raw(&arguments), sizeof arguments);
    if (result == 0) {
        run_child(&setup);
    }
    return result;
}

long call_clone(std::uint64_t flags, int* pidfd, const ChildStack&, ChildSetup& setup) {
    const long result = raw_syscall(SYS_clone, static_cast<long>(flags | SIGCHLD), 0, raw(pidfd));
    if (result == 0) {
        run_child(&setup);
    }
    return result;
}

#endif

/// Without CLONE_CLEAR_SIGHAND a signal could run one of the daemon's handlers in the child, in
/// memory that they share: none is delivered from before the clone until the child has reset them.
class AllSignalsBlocked {
  public:
    AllSignalsBlocked() {
        const std::uint64_t all = ~std::uint64_t{0};
        (void)raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, raw(&all), raw(&before_),
                          signal_set_size);
    }
    ~AllSignalsBlocked() {
        (void)raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, raw(&before_), 0, signal_set_size);
    }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

  private:
    std::uint64_t before_ = 0;
};

}  // namespace

Cloned clone_child(const CloneRequest& request, const ChildStack& stack, ChildSetup& setup) {
    Cloned cloned;
    std::uint64_t flags = CLONE_PIDFD;
    if (request.shares_memory) {
        flags |= CLONE_VM;
    }
    setup.shares_memory = request.shares_memory;
    setup.resets_dispositions = !request.by_clone3;
    setup.progress = SetupStep::begin;
    if (!request.by_clone3) {
        const AllSignalsBlocked blocked;
        cloned.pid = call_clone(flags, &cloned.pidfd, stack, setup);
        return cloned;
    }
    clone_args arguments{};
    arguments.flags = flags | CLONE_CLEAR_SIGHAND;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&cloned.pidfd);
    arguments.exit_signal = SIGCHLD;
    if (request.cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(request.cgroup);
    }
    cloned.pid = call_clone3(arguments, stack, setup);
    return cloned;
}

}  // namespace respawnd::platform
