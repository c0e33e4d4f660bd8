#include "logger/log_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace respawnd::logger {

namespace {

using platform::UniqueFd;

/// The group that may read logs on Debian. Read from the file itself: it is a system group, and
/// the name services would load libraries into a process that has to stay small.
std::optional<gid_t> log_readers() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> groups(std::fopen("/etc/group", "re"),
                                                                 &std::fclose);
    std::array<char, 4096> line{};
    while (groups && std::fgets(line.data(), static_cast<int>(line.size()), groups.get())) {
        std::string_view rest(line.data());
        if (!rest.starts_with("adm:")) {
            continue;
        }
        rest.remove_prefix(rest.find(':', 4) + 1);
        gid_t group = 0;
        const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), group);
        if (parsed.ec == std::errc()) {
            return group;
        }
    }
    return std::nullopt;
}

bool same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Every missing part of the path, each 0755.
core::Result<void> make_folders(const std::string& path) {
    for (std::size_t end = 0; end != std::string::npos;) {
        end = path.find('/', end + 1);
        const std::string part = path.substr(0, end);
        if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST && errno != EROFS) {
            return core::system_error("make log folder \"" + part + "\"");
        }
    }
    return {};
}

core::Result<UniqueFd> open_folder(const std::string& path) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    UniqueFd folder(::open(path.c_str(), flags));
    if (!folder && errno == ENOENT) {
        if (auto made = make_folders(path); !made) {
            return std::unexpected(made.error());
        }
        folder = UniqueFd(::open(path.c_str(), flags));
    }
    if (!folder) {
        return core::system_error("open log folder \"" + path + "\"");
    }
    return folder;
}

/// Only a regular file, and no second name of a file that belongs to somebody else: whoever may
/// write in the folder could have planted it.
bool is_acceptable(const struct stat& status) {
    return S_ISREG(status.st_mode) && (status.st_nlink <= 1 || status.st_uid == ::geteuid());
}

/// The command that lets this process write `file`, or make it in `folder` where there is none.
std::string granting_command(const std::string& file, const std::string& folder) {
    struct stat status{};
    const bool is_there = ::lstat(file.c_str(), &status) == 0;
    const std::string& refused = is_there ? file : folder;
    const bool is_own =
        (is_there || ::stat(folder.c_str(), &status) == 0) && status.st_uid == ::geteuid();
    // A logger of root's has no capabilities, so that the mode counts for it too.
    const std::string own = is_there ? "chmod u+rw " : "chmod u+rwx ";
    return (is_own ? own : "chown " + std::to_string(::geteuid()) + " ") + refused;
}

}  // namespace

LogFolder::LogFolder(std::string path) : path_(std::move(path)) {
    while (path_.size() > 1 && path_.ends_with('/')) {
        path_.pop_back();
    }
}

std::string LogFolder::path_of(const std::string& name) const {
    return path_ + "/" + name;
}

std::string LogFolder::remedy(const std::string& name, int error_number) const {
    const std::string file = path_of(name);
    std::string command;
    switch (error_number) {
        case EACCES:
        case EPERM:
            command = granting_command(file, path_);
            break;
        case ENOENT:
            command = "mkdir -p " + path_;
            break;
        case ENOTDIR:
            command = "mv " + path_ + " " + path_ + ".old";
            break;
        case ELOOP:
        case EISDIR:
        case ENXIO:
            command = "mv " + file + " " + file + ".old";
            break;
        default:
            return {};
    }
    return " (this mends it: " + command + ")";
}

core::Result<void> LogFolder::follow() {
    struct stat held{};
    struct stat named{};
    if (folder_ && ::fstat(folder_.get(), &held) == 0 && ::stat(path_.c_str(), &named) == 0 &&
        same_file(held, named)) {
        return {};
    }
    auto folder = open_folder(path_);
    if (!folder) {
        return std::unexpected(std::move(folder.error()));
    }
    folder_ = std::move(*folder);
    return {};
}

core::Result<UniqueFd> LogFolder::open_file(const std::string& name) {
    if (auto followed = follow(); !followed) {
        return std::unexpected(std::move(followed.error()));
    }
    const std::string tried = "open log file \"" + path_of(name) + "\"";
    // Looked at before it is opened, because opening a device can already do something.
    struct stat status{};
    const bool exists = ::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && !is_acceptable(status)) {
        return core::failure(tried + ": it is not a regular file of its own" +
                             remedy(name, EISDIR));
    }
    // Readable too: where the last line of the file ends is looked up in the file itself.
    UniqueFd file(::openat(folder_.get(), name.c_str(),
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                           0640));
    if (!file) {
        return core::system_error(tried);
    }
    if (::fstat(file.get(), &status) != 0 || !is_acceptable(status)) {
        return core::failure(tried + ": it is not a regular file of its own");
    }
    if (!exists && ::geteuid() == 0) {
        static const std::optional<gid_t> readers = log_readers();
        // A courtesy: without it the file is written all the same.
        [[maybe_unused]] const bool given =
            readers && ::fchown(file.get(), static_cast<uid_t>(-1), *readers) == 0;
    }
    return file;
}

bool LogFolder::still_leads_to(const std::string& name, int file) {
    struct stat held{};
    struct stat named{};
    return follow() && ::fstat(file, &held) == 0 &&
           ::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           same_file(held, named);
}

}  // namespace respawnd::logger
