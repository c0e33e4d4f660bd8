// What the daemon makes of its own process before anything else, whatever it was started with:
// closed descriptors, ignored or blocked signals, a strange umask.
#pragma once

#include "core/result.h"

namespace respawnd::platform {

/// 0, 1 and 2 become /dev/null where they are closed, so that no file of ours gets one of these
/// numbers; everything above is closed on exec.
void settle_descriptors();

/// Blocks every signal that can be blocked, but for those that tell of a fault of our own and
/// SIGTSTP, so that none ends the daemon by surprise; the loop takes those that it waits for.
void block_signals();

/// Makes orphans our children (PR_SET_CHILD_SUBREAPER); for root also keeps the users of jobs from
/// tracing the memory that a child shares with us until exec (PR_SET_DUMPABLE). Sets the umask to
/// 022.
[[nodiscard]] core::Result<void> become_supervisor();

}  // namespace respawnd::platform
