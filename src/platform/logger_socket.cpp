#include "platform/logger_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "platform/logger_protocol.h"

namespace respawnd::platform {

namespace {

/// Room for a few descriptors, so that a sender with too many is seen rather than cut off.
constexpr std::size_t max_descriptors = 4;

struct alignas(cmsghdr) ControlBuffer {
    std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)> bytes{};
};

/// Takes the first two descriptors of the message and closes any other.
void take_descriptors(msghdr& header, Datagram& datagram) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t index = 0; index < count; ++index) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(part) + index * sizeof(int), sizeof(int));
            UniqueFd descriptor(number);
            if (!datagram.attached) {
                datagram.attached = std::move(descriptor);
            } else if (!datagram.second) {
                datagram.second = std::move(descriptor);
            } else {
                datagram.whole = false;
            }
        }
    }
}

}  // namespace

core::Result<std::pair<UniqueFd, UniqueFd>> make_logger_sockets() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return core::system_error("make a socket pair");
    }
    return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

core::Result<bool> send_datagram(int socket, std::string_view bytes, int attached, int second) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    ControlBuffer control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const std::array descriptors{attached, second};
    const std::size_t count = attached < 0 ? 0 : second < 0 ? 1 : 2;
    if (count != 0) {
        header.msg_control = control.bytes.data();
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * count);
    }
    for (;;) {
        if (::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            return true;
        }
        // ETOOMANYREFS: too many descriptors are on their way, which passes as the other end reads.
        if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS) {
            return false;
        }
        if (errno != EINTR) {
            return core::system_error("send a message");
        }
    }
}

core::Result<std::optional<Datagram>> receive_datagram(int socket) {
    std::array<char, logger_protocol::max_message> buffer{};
    iovec part{buffer.data(), buffer.size()};
    ControlBuffer control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    ssize_t size = -1;
    do {
        size = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        if (errno == EAGAIN) {
            return std::nullopt;
        }
        return core::system_error("receive a message");
    }
    Datagram datagram;
    datagram.whole = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    take_descriptors(header, datagram);
    datagram.bytes.assign(buffer.data(), static_cast<std::size_t>(size));
    return datagram;
}

}  // namespace respawnd::platform
