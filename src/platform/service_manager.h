// What we tell the service manager that started us: sd_notify(3)'s protocol on $NOTIFY_SOCKET.
// sd_notify() itself blocks when the manager's queue is full, which would stop the loop; this does
// not, and whoever calls it tries again later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

class ServiceManager {
  public:
    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the environment: a
    /// job that spoke to this socket would speak for us.
    [[nodiscard]] static ServiceManager from_environment();

    [[nodiscard]] bool is_there() const { return static_cast<bool>(socket_); }

    /// How often it wants a WATCHDOG=1; none: not at all. Half of what it would accept.
    [[nodiscard]] std::optional<core::Duration> watchdog_interval() const { return watchdog_; }

    /// Sends lines such as "READY=1\nSTATUS=...". False: its queue is full, try again later. A
    /// manager that is gone, or was never there, counts as told.
    [[nodiscard]] bool tell(std::string_view lines) const;

  private:
    UniqueFd socket_;
    std::string address_;  ///< sockaddr_un's path; a leading NUL is the abstract name space
    std::optional<core::Duration> watchdog_;
};

}  // namespace respawnd::platform
