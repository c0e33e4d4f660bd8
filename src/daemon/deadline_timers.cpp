#include "daemon/deadline_timers.h"

namespace respawnd::daemon {

using core::InstanceId;

core::Result<std::unique_ptr<DeadlineTimers>> DeadlineTimers::make(
    platform::EventLoop& loop, std::function<void(InstanceId)> expired) {
    std::unique_ptr<DeadlineTimers> timers(new DeadlineTimers(loop, std::move(expired)));
    auto timer =
        loop.add_timer(platform::Priority::deadlines, [raw = timers.get()] { raw->fire(); });
    if (!timer) {
        return std::unexpected(std::move(timer).error());
    }
    timers->timer_ = std::move(*timer);
    return timers;
}

void DeadlineTimers::set(InstanceId id, core::Instant deadline) {
    if (id >= by_instance_.size()) {
        by_instance_.resize(id + 1, core::no_deadline);
    }
    core::Instant& known = by_instance_[id];
    if (known == deadline) {
        return;
    }
    if (known != core::no_deadline) {
        deadlines_.erase({known, id});
    }
    if (deadline != core::no_deadline) {
        deadlines_.emplace(deadline, id);
    }
    known = deadline;
    arm();
}

void DeadlineTimers::arm() {
    const core::Instant first = deadlines_.empty() ? core::no_deadline : deadlines_.begin()->first;
    if (first != armed_) {
        armed_ = first;
        timer_.set_deadline(first);
    }
}

void DeadlineTimers::fire() {
    armed_ = core::no_deadline;
    // Bounded, for the sake of everything else that waits: a thousand jobs may share a deadline.
    constexpr int most_in_a_turn = 64;
    for (int i = 0; i < most_in_a_turn; ++i) {
        if (deadlines_.empty() || deadlines_.begin()->first > loop_.now()) {
            break;
        }
        const InstanceId id = deadlines_.begin()->second;
        set(id, core::no_deadline);
        expired_(id);
    }
    arm();
}

}  // namespace respawnd::daemon
