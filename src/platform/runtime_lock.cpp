#include "platform/runtime_lock.h"

#include <fcntl.h>
#include <unistd.h>

namespace respawnd::platform {

using core::Result;

Result<std::variant<RuntimeLock, HeldBy>> RuntimeLock::take(const std::string& runtime_directory) {
    const std::string path = runtime_directory + "/lock";
    constexpr mode_t mode = 0644;
    UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode));
    if (!file) {
        return core::system_error("open \"" + path + "\"");
    }
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (fcntl(file.get(), F_SETLK, &lock) != 0) {
        if (errno != EACCES && errno != EAGAIN) {
            return core::system_error("lock \"" + path + "\"");
        }
        const bool told = fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        return HeldBy{told ? lock.l_pid : 0};
    }
    const std::string text = std::to_string(getpid()) + "\n";
    if (ftruncate(file.get(), 0) != 0 ||
        pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return core::system_error("write our pid into \"" + path + "\"");
    }
    return RuntimeLock(std::move(file));
}

}  // namespace respawnd::platform
