// One end of the socket pair between the daemon and respawn-logger: whole datagrams, with at most
// two descriptors beside each. No call here blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// Both ends, close-on-exec: the daemon's and the logger's.
[[nodiscard]] core::Result<std::pair<UniqueFd, UniqueFd>> make_logger_sockets();

/// False: the socket is full, try again when it is writable.
[[nodiscard]] core::Result<bool> send_datagram(int socket, std::string_view bytes,
                                               int attached = -1, int second = -1);

struct Datagram {
    std::string bytes;  ///< empty: the other end is closed
    UniqueFd attached;  ///< empty: none came
    UniqueFd second;    ///< empty: at most one came
    bool whole = true;  ///< false: longer than the protocol allows, or a descriptor was lost
};

/// Nothing: no datagram is waiting. Further descriptors beside a datagram are closed.
[[nodiscard]] core::Result<std::optional<Datagram>> receive_datagram(int socket);

}  // namespace respawnd::platform
