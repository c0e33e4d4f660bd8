#include "platform/journal_socket.h"

#include <endian.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace respawnd::platform {
namespace {

constexpr std::string_view path = "/run/systemd/journal/socket";
constexpr int patience_ms = 200;
/// An entry has to fit into a datagram.
constexpr std::size_t longest_message = 48 * 1024;

bool connect_to_journal(int socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

/// With its length in front, a value may have several lines.
std::string message_field(std::string_view message) {
    message = message.substr(0, longest_message);
    const std::uint64_t length = htole64(message.size());
    std::string field = "MESSAGE\n";
    field.append(reinterpret_cast<const char*>(&length), sizeof(length));
    return field.append(message) + "\n";
}

bool send_now(int socket, const std::string& entry) {
    return send(socket, entry.data(), entry.size(), MSG_NOSIGNAL) >= 0;
}

}  // namespace

core::Result<JournalSocket> JournalSocket::open(std::string identifier) {
    UniqueFd made(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!made || !connect_to_journal(made.get())) {
        return core::system_error("reach the journal at " + std::string(path));
    }
    return JournalSocket(std::move(made), std::move(identifier));
}

bool JournalSocket::tell(int priority, std::string_view message) {
    const std::string entry = "PRIORITY=" + std::to_string(priority) +
                              "\nSYSLOG_IDENTIFIER=" + identifier_ + "\n" + message_field(message);
    bool is_sent = send_now(socket_.get(), entry);
    if (!is_sent && errno == EAGAIN && !hangs_) {
        pollfd room{socket_.get(), POLLOUT, 0};
        (void)poll(&room, 1, patience_ms);
        is_sent = send_now(socket_.get(), entry);
    } else if (!is_sent && errno != EAGAIN && connect_to_journal(socket_.get())) {
        is_sent = send_now(socket_.get(), entry);  // its socket was made anew
    }
    hangs_ = !is_sent;
    return is_sent;
}

}  // namespace respawnd::platform
