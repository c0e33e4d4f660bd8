// Keeps the lock where a second daemon looks for it: whoever removes the run-time directory while
// the daemon runs (a cleaner of old files, a careless rm) takes the lock file away with it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "daemon/own_log.h"
#include "platform/event_loop.h"
#include "platform/runtime_lock.h"
#include "platform/unique_fd.h"

namespace respawnd::daemon {

class RuntimeGuard {
  public:
    /// `lock` is the one that was taken in `runtime_directory`.
    [[nodiscard]] static core::Result<std::unique_ptr<RuntimeGuard>> make(
        platform::EventLoop& loop, OwnLog& log, std::string runtime_directory,
        platform::RuntimeLock lock);

    /// Makes directory and lock anew where they are gone, and says so.
    void look();

  private:
    RuntimeGuard(platform::EventLoop& loop, OwnLog& log, std::string runtime_directory,
                 platform::RuntimeLock lock)
        : loop_(loop),
          log_(log),
          runtime_directory_(std::move(runtime_directory)),
          lock_(std::move(lock)) {}

    void watch();
    void take_again();
    void fail(const std::string& text);

    platform::EventLoop& loop_;
    OwnLog& log_;
    std::string runtime_directory_;
    platform::RuntimeLock lock_;
    platform::UniqueFd inotify_;
    platform::EventSource changed_;
    platform::EventSource again_;
    int failures_ = 0;  ///< in a row
};

}  // namespace respawnd::daemon
