#include "daemon/manager_link.h"

namespace respawnd::daemon {
namespace {

constexpr core::Duration status_every = std::chrono::seconds(1);
constexpr core::Duration retry_every = std::chrono::milliseconds(100);
/// For a stop without a limit: no value of EXTEND_TIMEOUT_USEC means that.
constexpr core::Duration as_good_as_endless = std::chrono::days(365);

std::string usec(core::Duration duration) {
    return std::to_string(duration.count());
}

}  // namespace

core::Result<std::unique_ptr<ManagerLink>> ManagerLink::make(platform::EventLoop& loop,
                                                             platform::ServiceManager manager,
                                                             std::function<std::string()> status) {
    std::unique_ptr<ManagerLink> link(new ManagerLink(loop, std::move(manager), std::move(status)));
    ManagerLink* raw = link.get();
    auto retry = loop.add_timer(platform::Priority::control, [raw] { raw->send_queued(); });
    auto later = loop.add_timer(platform::Priority::rest_of_work, [raw] { raw->send_status(); });
    // The lowest but one: a loop that never gets so far is a loop that hangs.
    auto watchdog =
        loop.add_timer(platform::Priority::rest_of_work, [raw] { raw->feed_watchdog(); });
    if (!retry || !later || !watchdog) {
        return core::failure("make the timers for the service manager");
    }
    link->retry_timer_ = std::move(*retry);
    link->status_timer_ = std::move(*later);
    link->watchdog_timer_ = std::move(*watchdog);
    if (link->manager_.watchdog_interval()) {
        link->feed_watchdog();
    }
    return link;
}

void ManagerLink::ready() {
    last_status_ = status_();
    status_sent_at_ = loop_.now();
    send("READY=1\nSTATUS=" + last_status_);
}

void ManagerLink::reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=" + usec(loop_.now().time_since_epoch()));
}

void ManagerLink::stopping(core::Duration at_most) {
    send("STOPPING=1\nSTATUS=Stopping all jobs\nEXTEND_TIMEOUT_USEC=" +
         usec(at_most == core::infinite ? as_good_as_endless : at_most));
}

void ManagerLink::status_changed() {
    if (!manager_.is_there() || status_waits_) {
        return;
    }
    status_waits_ = true;
    status_timer_.set_deadline(std::max(loop_.now(), status_sent_at_ + status_every));
}

void ManagerLink::send_status() {
    // Behind a queue that is not taken only the latest is worth telling.
    if (!queue_.empty()) {
        status_timer_.set_deadline(core::after(loop_.now(), status_every));
        return;
    }
    status_waits_ = false;
    std::string status = status_();
    if (status != last_status_) {
        last_status_ = std::move(status);
        status_sent_at_ = loop_.now();
        send("STATUS=" + last_status_);
    }
}

void ManagerLink::send(std::string lines) {
    if (manager_.is_there()) {
        queue_.push_back(std::move(lines));
        send_queued();
    }
}

void ManagerLink::send_queued() {
    while (!queue_.empty()) {
        if (!manager_.tell(queue_.front())) {
            retry_timer_.set_deadline(core::after(loop_.now(), retry_every));
            return;
        }
        queue_.pop_front();
    }
}

void ManagerLink::feed_watchdog() {
    // Not through the queue: a ping that comes late is worth nothing.
    (void)manager_.tell("WATCHDOG=1");
    watchdog_timer_.set_deadline(core::after(loop_.now(), *manager_.watchdog_interval()));
}

}  // namespace respawnd::daemon
