// `respawnd run`: one command with no file at all. A supervisor for a script, and an init for a
// container: every signal is forwarded, orphans are reaped, the terminal belongs to the command,
// and the command's status is returned.
#pragma once

#include "run/run_options.h"

namespace respawnd::run {

/// Returns the code to exit with.
[[nodiscard]] int run_command(const RunOptions& options);

}  // namespace respawnd::run
