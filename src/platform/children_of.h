// Who descends from whom, from /proc. The answers are old as soon as they are given: whoever acts
// on one opens a ProcessHandle and asks again.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "platform/unique_fd.h"

namespace respawnd::platform {

/// The children of this process, orphans that came to it as the subreaper and zombies among them.
/// One read of a file that stays open; where the kernel has no such file (CONFIG_PROC_CHILDREN),
/// all of /proc is looked through. For the thread that made the object: the daemon has only one.
class OwnChildren {
  public:
    OwnChildren();
    [[nodiscard]] std::vector<pid_t> list() const;

  private:
    UniqueFd file_;
};

/// The children of any process.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

/// Children, grandchildren and so on, each after its parent, at most `most` of them.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t ancestor, std::size_t most = 10000);

}  // namespace respawnd::platform
