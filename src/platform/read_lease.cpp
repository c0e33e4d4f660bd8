#include "platform/read_lease.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <cerrno>
#include <csignal>

namespace respawnd::platform {
namespace {

/// On these EAGAIN means no more than that the server has granted nothing.
bool is_on_a_server(int fd) {
    constexpr auto cifs = 0xFF534D42U;
    constexpr auto smb2 = 0xFE534D42U;
    constexpr auto fuse = 0x65735546U;
    struct statfs system{};
    if (::fstatfs(fd, &system) != 0) {
        return true;
    }
    const auto type = static_cast<unsigned>(system.f_type);
    return type == NFS_SUPER_MAGIC || type == cifs || type == smb2 || type == fuse;
}

ReadLease::Writer take_lease(int fd) {
    // A writer that breaks the lease sends its holder SIGIO, which kills whoever does not expect
    // it. SIGURG does nothing by default, and left pending in a blocked mask it does no harm.
    if (::fcntl(fd, F_SETSIG, SIGURG) != 0) {
        return ReadLease::Writer::unknown;
    }
    if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        return ReadLease::Writer::none;
    }
    return errno == EAGAIN && !is_on_a_server(fd) ? ReadLease::Writer::present
                                                  : ReadLease::Writer::unknown;
}

}  // namespace

ReadLease::ReadLease(int fd) : fd_(fd), writer_(take_lease(fd)) {}

ReadLease::~ReadLease() {
    if (writer_ == Writer::none) {
        (void)::fcntl(fd_, F_SETLEASE, F_UNLCK);  // fails only where there is no lease any more
    }
}

}  // namespace respawnd::platform
