// What `respawnd run` found when it was started and changes for itself, so that the command can
// have it back: the signal mask, SIGCHLD's handling, and which of the standard descriptors were
// closed.
#pragma once

#include <csignal>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::run {

class Caller {
  public:
    /// Blocks every signal, so that none is lost before the loop reads it from signals(), and
    /// becomes the parent of orphans.
    [[nodiscard]] static core::Result<Caller> take_over();

    /// signalfd(2) for all signals.
    [[nodiscard]] int signals() const { return signals_.get(); }

    /// In the child, before exec.
    void give_back() const;

  private:
    sigset_t mask_{};
    struct sigaction child_action_{};
    platform::UniqueFd signals_;
};

}  // namespace respawnd::run
