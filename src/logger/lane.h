// A thread that works off tasks one after the other: one a disk, because a disk that hangs holds
// whoever touches it, and one for each disk's compression. The loop of the logger never touches a
// disk itself; it sees here since when a lane has not moved.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/time.h"

namespace respawnd::logger {

class Lane {
  public:
    enum class Kind { ordinary, in_the_background };
    explicit Lane(Kind kind) : shared_(std::make_shared<Shared>()), kind_(kind) {}
    /// Lets the thread finish what is queued and leaves it: it may hang in the kernel for ever.
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Where no thread can be had (no more processes, or a filter of system calls that refuses
    /// them), the task is done here and now: then a disk that hangs holds up everything.
    void post(std::function<void()> task);

    /// To be called within a task, whenever the disk has taken something.
    void has_moved();
    /// Since when a task has not moved; nothing while there is none.
    [[nodiscard]] std::optional<core::Instant> stands_since() const;

  private:
    /// Shared with the thread, which may outlive the lane.
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<std::function<void()>> tasks;
        bool ends = false;
        std::atomic<std::int64_t> moved_at{0};  ///< nanoseconds; 0: idle
    };
    static void work(const std::shared_ptr<Shared>& shared, Kind kind);

    std::shared_ptr<Shared> shared_;
    Kind kind_;
    std::atomic<bool> runs_ = false;
};

}  // namespace respawnd::logger
