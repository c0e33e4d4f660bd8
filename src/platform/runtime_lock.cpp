#include "platform/runtime_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace respawnd::platform {

using core::Result;

Result<std::variant<RuntimeLock, HeldBy>> RuntimeLock::take(const std::string& runtime_directory) {
    const std::string path = path_in(runtime_directory);
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

std::string RuntimeLock::path_in(const std::string& runtime_directory) {
    return runtime_directory + "/lock";
}

bool RuntimeLock::is_in(const std::string& runtime_directory) const {
    struct stat own{};
    struct stat there{};
    return fstat(file_.get(), &own) == 0 &&
           lstat(path_in(runtime_directory).c_str(), &there) == 0 && own.st_dev == there.st_dev &&
           own.st_ino == there.st_ino;
}

}  // namespace respawnd::platform
