// The terminal that `respawnd run` was started on, which belongs to the command's process group as
// long as that runs: Ctrl-C and Ctrl-Z reach the command, and it may read.
#pragma once

#include <sys/types.h>

#include "platform/unique_fd.h"

namespace respawnd::run {

class Terminal {
  public:
    /// The controlling terminal if it is ours to give: if our group is its foreground group.
    [[nodiscard]] static Terminal ours();

    explicit operator bool() const { return static_cast<bool>(tty_); }
    /// Makes a group the foreground group. SIGTTOU has to be blocked.
    void give_to(pid_t group) const;
    /// Our group is the foreground group, as after a shell's `fg`.
    [[nodiscard]] bool is_back() const;

  private:
    platform::UniqueFd tty_;
};

}  // namespace respawnd::run
