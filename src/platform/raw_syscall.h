// System calls without libc, for the code between clone and exec (child_setup.h): no errno, which
// is the daemon's while memory is shared, no cancellation, no lock, no wrapper that changes the
// other threads too, as setuid(3) does. A negative result is the negated errno.
#pragma once

#include <sys/syscall.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <unistd.h>
#include <cerrno>
#endif

/// Marks a function that runs between clone and exec on a stack of its own. The sanitizers keep
/// books about stacks and would find frames of children that never returned.
#if defined(__clang__)
#define RESPAWND_CHILD_SIDE [[clang::no_sanitize("address", "undefined")]]
#else
#define RESPAWND_CHILD_SIDE [[gnu::no_sanitize("address", "undefined")]]
#endif

namespace respawnd::platform {

RESPAWND_CHILD_SIDE inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0,
                                            long d = 0, long e = 0, long f = 0) {
#if defined(__x86_64__)
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    long result = number;
    asm volatile("syscall"
                 : "+a"(result)
                 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc #0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory");
    return x0;
#else
    // Memory is never shared with a child on these (child_process.cpp), so errno is its own.
    const long result = ::syscall(number, a, b, c, d, e, f);
    return result == -1 ? -errno : result;
#endif
}

/// A pointer as an argument of raw_syscall.
RESPAWND_CHILD_SIDE inline long raw(const void* pointer) {
    return reinterpret_cast<long>(pointer);
}
/// One that the kernel writes through.
RESPAWND_CHILD_SIDE inline long raw(void* pointer) {
    return reinterpret_cast<long>(pointer);
}

}  // namespace respawnd::platform
