// A daemon by the rules of Stevens (Advanced Programming in the UNIX Environment, chapter 13):
// fork, a session of its own, fork once more so that it never gets a terminal, the root folder, and
// /dev/null for its descriptors. The process that was started stays until the daemon is ready.
#pragma once

#include <variant>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

class Daemonized {
  public:
    /// Returns twice: in the process that was started with the code to exit with, 0 once the daemon
    /// is ready, 1 when it has ended before; and in the daemon with the object. What the daemon
    /// says on standard error until it is ready comes out of the process that was started. To be
    /// called before there is a second thread, or anything that a fork would double.
    [[nodiscard]] static core::Result<std::variant<Daemonized, int>> begin();

    /// Lets the process that was started return 0; from now on standard error is /dev/null.
    void ready();

  private:
    explicit Daemonized(UniqueFd null) : null_(std::move(null)) {}

    UniqueFd null_;
};

}  // namespace respawnd::platform
