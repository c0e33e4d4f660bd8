#include "platform/pid_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "platform/unique_fd.h"

namespace respawnd::platform {
namespace {

std::string own_text() {
    return std::to_string(getpid()) + "\n";
}

}  // namespace

core::Result<PidFile> PidFile::write(const std::string& path) {
    const std::string tried = "write the pid file \"" + path + "\"";
    constexpr mode_t mode = 0644;
    // O_NONBLOCK: a FIFO without a reader must not hold us up before it is refused.
    const UniqueFd file(
        open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode));
    struct stat status{};
    if (!file || fstat(file.get(), &status) != 0) {
        return core::system_error(tried);
    }
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_nlink != 1) {
        return core::failure(tried + ": it is not a regular file of our own; remove it");
    }
    const std::string text = own_text();
    if (ftruncate(file.get(), 0) != 0 ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return core::system_error(tried);
    }
    return PidFile(path);
}

PidFile::PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PidFile& PidFile::operator=(PidFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

PidFile::~PidFile() {
    if (path_.empty()) {
        return;
    }
    std::array<char, 32> text{};
    const UniqueFd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    const ssize_t size = file ? read(file.get(), text.data(), text.size()) : -1;
    if (size > 0 && std::string_view(text.data(), static_cast<std::size_t>(size)) == own_text()) {
        (void)unlink(path_.c_str());
    }
}

}  // namespace respawnd::platform
