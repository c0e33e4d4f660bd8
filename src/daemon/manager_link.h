// What the service manager hears of us: READY, STATUS, RELOADING, STOPPING, WATCHDOG. Nothing here
// costs anything when nobody listens, and nothing blocks when the listener's queue is full.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/time.h"
#include "platform/event_loop.h"
#include "platform/service_manager.h"

namespace respawnd::daemon {

class ManagerLink {
  public:
    /// `status` makes the status line when one is to be sent.
    [[nodiscard]] static core::Result<std::unique_ptr<ManagerLink>> make(
        platform::EventLoop& loop, platform::ServiceManager manager,
        std::function<std::string()> status);

    void ready();
    void reloading();
    /// `at_most` is how long the rest may take.
    void stopping(core::Duration at_most);
    /// The status line may have changed; it is sent at most once a second.
    void status_changed();

  private:
    ManagerLink(platform::EventLoop& loop, platform::ServiceManager manager,
                std::function<std::string()> status)
        : loop_(loop), manager_(std::move(manager)), status_(std::move(status)) {}

    void send(std::string lines);
    void send_queued();
    void send_status();
    void feed_watchdog();

    platform::EventLoop& loop_;
    platform::ServiceManager manager_;
    std::function<std::string()> status_;
    std::deque<std::string> queue_;
    std::string last_status_;
    core::Instant status_sent_at_{};
    bool status_waits_ = false;
    platform::EventSource retry_timer_;
    platform::EventSource status_timer_;
    platform::EventSource watchdog_timer_;
};

}  // namespace respawnd::daemon
