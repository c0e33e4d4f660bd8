// The clone itself. On x86_64 the child gets a stack of its own and starts in run_child() straight
// from the system call, so that it never returns through a frame that the daemon uses; with
// CLONE_VM that would destroy the daemon's stack. Elsewhere the child copies the memory.
#pragma once

#include <sys/types.h>

#include "platform/child_setup.h"
#include "platform/child_stack.h"

namespace respawnd::platform {

#if defined(__x86_64__)
inline constexpr bool memory_can_be_shared = true;
#else
inline constexpr bool memory_can_be_shared = false;
#endif

struct CloneRequest {
    bool by_clone3 = true;      ///< false: by clone, which cannot clear handlers nor take a cgroup
    bool shares_memory = true;  ///< CLONE_VM; false: copy-on-write
    int cgroup = -1;            ///< the child is born there; -1: where the daemon is
};

struct Cloned {
    long pid = 0;  ///< or a negated errno
    int pidfd = -1;
};

/// Returns in the parent only, at once. `stack` and `setup` are the child's until its report pipe
/// has ended.
[[nodiscard]] Cloned clone_child(const CloneRequest& request, const ChildStack& stack,
                                 ChildSetup& setup);

}  // namespace respawnd::platform
