// The journal's own socket (systemd's "Native Journal Protocol"). sd_journal_send(3) blocks when
// journald does not read, which would stop the loop, and with it the watchdog, and with that every
// job; this waits for a moment, once, and then no more until the journal reads again.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

class JournalSocket {
  public:
    /// Fails where no journal runs.
    [[nodiscard]] static core::Result<JournalSocket> open(std::string identifier);

    /// `priority` is one of syslog(3). False: it is not in the journal, and never will be.
    [[nodiscard]] bool tell(int priority, std::string_view message);

  private:
    JournalSocket(UniqueFd socket, std::string identifier)
        : socket_(std::move(socket)), identifier_(std::move(identifier)) {}

    UniqueFd socket_;
    std::string identifier_;
    bool hangs_ = false;
};

}  // namespace respawnd::platform
