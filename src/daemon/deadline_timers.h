// One timer of the loop for the deadlines of all instances. It is made equal to deadline_of() after
// each step, so that there is no timer to cancel and none to forget.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "core/fleet.h"
#include "platform/event_loop.h"

namespace respawnd::daemon {

class DeadlineTimers {
  public:
    /// `expired` is called for each instance whose deadline has come.
    [[nodiscard]] static core::Result<std::unique_ptr<DeadlineTimers>> make(
        platform::EventLoop& loop, std::function<void(core::InstanceId)> expired);

    /// Makes the instance's deadline this one; `no_deadline`: none.
    void set(core::InstanceId id, core::Instant deadline);

  private:
    DeadlineTimers(platform::EventLoop& loop, std::function<void(core::InstanceId)> expired)
        : loop_(loop), expired_(std::move(expired)) {}

    void fire();
    void arm();

    platform::EventLoop& loop_;
    std::function<void(core::InstanceId)> expired_;
    platform::EventSource timer_;
    std::set<std::pair<core::Instant, core::InstanceId>> deadlines_;
    std::vector<core::Instant> by_instance_;
    core::Instant armed_ = core::no_deadline;
};

}  // namespace respawnd::daemon
