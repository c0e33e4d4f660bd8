#include "logger/log_folder.h"

#include <dirent.h>
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

#include "platform/local_names.h"
#include "platform/monotonic_clock.h"

namespace respawnd::logger {

namespace {

using platform::UniqueFd;

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
    followed_at_ = platform::monotonic_now();
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

core::Result<LogFolder::OpenedFile> LogFolder::open_file(const std::string& name,
                                                         const Rights& rights) {
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
    OpenedFile opened;
    opened.file.reset(::openat(folder_.get(), name.c_str(),
                               O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                               rights.mode));
    if (!opened.file) {
        return core::system_error(tried);
    }
    if (::fstat(opened.file.get(), &status) != 0 || !is_acceptable(status)) {
        return core::failure(tried + ": it is not a regular file of its own");
    }
    if (!exists) {
        give_rights(opened, rights);
    }
    return opened;
}

/// A courtesy: without it the file is written all the same.
void LogFolder::give_rights(OpenedFile& opened, const Rights& rights) {
    static const std::optional<gid_t> readers = platform::local_group("adm");
    const std::optional<gid_t> group = rights.group ? rights.group : readers;
    if (group && ::fchown(opened.file.get(), static_cast<uid_t>(-1), *group) != 0 && rights.group) {
        opened.group_refused =
            core::Error{"give the log file to group " + std::to_string(*group), errno};
    }
    // The umask has taken away what the mode may ask for.
    (void)::fchmod(opened.file.get(), rights.mode);
}

core::Result<UniqueFd> LogFolder::open_existing(const std::string& name) const {
    UniqueFd file(::openat(folder_.get(), name.c_str(),
                           O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
        return core::system_error("open \"" + path_of(name) + "\"");
    }
    if (!S_ISREG(status.st_mode)) {
        return core::failure("open \"" + path_of(name) + "\": it is not a regular file");
    }
    return file;
}

core::Result<UniqueFd> LogFolder::create(const std::string& name) const {
    UniqueFd file(::openat(folder_.get(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) {
        return core::system_error("make \"" + path_of(name) + "\"");
    }
    return file;
}

std::optional<struct stat> LogFolder::look(const std::string& name) const {
    struct stat status{};
    if (::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return std::nullopt;
    }
    return status;
}

core::Result<void> LogFolder::rename(const std::string& from, const std::string& to) const {
    if (::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) != 0) {
        return core::system_error("rename \"" + path_of(from) + "\" to \"" + to + "\"");
    }
    return {};
}

core::Result<void> LogFolder::remove(const std::string& name) const {
    if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return core::system_error("remove \"" + path_of(name) + "\"");
    }
    return {};
}

std::vector<std::string> LogFolder::list() const {
    struct CloseFolder {
        void operator()(DIR* folder) const { (void)::closedir(folder); }
    };
    std::vector<std::string> names;
    const int copy = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, CloseFolder> folder(copy < 0 ? nullptr : ::fdopendir(copy));
    while (const dirent* entry = folder == nullptr ? nullptr : ::readdir(folder.get())) {
        names.emplace_back(entry->d_name);
    }
    return names;
}

bool LogFolder::still_leads_to(const std::string& name, int file) {
    struct stat held{};
    struct stat named{};
    // Many files ask for the one folder.
    const core::Instant now = platform::monotonic_now();
    const bool is_followed = now - followed_at_ < std::chrono::seconds(1) || follow();
    return is_followed && ::fstat(file, &held) == 0 &&
           ::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           same_file(held, named);
}

}  // namespace respawnd::logger
