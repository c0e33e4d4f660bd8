#include "platform/trusted_file.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

#include "platform/read_lease.h"

namespace respawnd::platform {
namespace {

using core::Error;
using core::Result;

constexpr std::int64_t ns_of(const timespec& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

/// A path as a word that a shell takes for that path.
std::string shell_word(const std::string& path) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=";
    if (path.find_first_not_of(plain) == std::string::npos) {
        return path;
    }
    std::string word = "'";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\'') {
            word += "'\\''";
        } else if (byte < 0x20 || byte == 0x7f) {
            word += "'?'";  // a pattern that matches it, and harms no terminal
        } else {
            word += c;
        }
    }
    return word + "'";
}

std::string octal(mode_t mode) {
    char text[8];
    (void)std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
    return text;
}

enum class Role { file, folder, folder_above };

/// "it" for what the message is about anyway, else the path.
std::string subject(Role role, const std::string& path) {
    switch (role) {
        case Role::file:
            return "the file";
        case Role::folder:
            return "the folder";
        case Role::folder_above:
            return "the folder " + shell_word(path) + " above it";
    }
    return path;
}

/// Why what has this owner and mode cannot be trusted.
std::optional<Error> mistrust(const struct stat& status, Role role, const std::string& path) {
    const uid_t user = ::geteuid();
    if (status.st_uid != 0 && status.st_uid != user) {
        const std::string trusted = user == 0 ? "root" : "root or uid " + std::to_string(user);
        return Error{subject(role, path) + " belongs to uid " + std::to_string(status.st_uid) +
                     ", and must belong to " + trusted + "; mend it with: chown " +
                     (user == 0 ? "root" : std::to_string(user)) + " " + shell_word(path)};
    }
    const mode_t others = status.st_mode & 022U;
    const bool is_sticky = role == Role::folder_above && (status.st_mode & S_ISVTX) != 0;
    if (others != 0 && !is_sticky) {
        return Error{subject(role, path) + " can be written by others (mode " +
                     octal(status.st_mode) + "); mend it with: chmod go-w " + shell_word(path)};
    }
    return std::nullopt;
}

std::optional<Error> mistrust_on_the_way(const PathWalk& walk) {
    for (const WalkedFolder& folder : walk.folders) {
        if (auto error = mistrust(folder.status, Role::folder_above, folder.path)) {
            return error;
        }
    }
    return std::nullopt;
}

std::string_view kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return "a folder";
        case S_IFIFO:
            return "a FIFO";
        case S_IFSOCK:
            return "a socket";
        case S_IFCHR:
        case S_IFBLK:
            return "a device";
        case S_IFLNK:
            return "a link";
        default:
            return "nothing known";
    }
}

Error not_regular(mode_t mode) {
    return Error{"this is " + std::string(kind_of(mode)) + ", not a file"};
}

/// Why an open file cannot be read; nothing when all is well.
std::optional<Error> refusal(const struct stat& status, const std::string& path) {
    if (!S_ISREG(status.st_mode)) {
        return not_regular(status.st_mode);
    }
    if (auto error = mistrust(status, Role::file, path)) {
        return error;
    }
    if (status.st_size > static_cast<off_t>(largest_trusted_file)) {
        return Error{"the file is larger than 1 MiB"};
    }
    return std::nullopt;
}

/// Reads no more than the file's size: files of /proc say 0, and some of them never end.
Result<std::string> content_of(int fd, std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::pread(fd, text.data() + have, size - have, static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return core::system_error("read the file");
        }
        if (got == 0) {
            break;
        }
        have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
}

FileReading refused(Error why, FileStamp stamp = {}) {
    FileReading reading;
    reading.kind = FileReading::Kind::refused;
    reading.why = std::move(why);
    reading.stamp = stamp;
    return reading;
}

/// What to do while somebody has the file open for writing.
enum class Writers { wait_for, ignore };

FileReading read_open_file(int fd, const std::string& path, Writers writers) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) {
        return refused(core::system_error("look at the file").error());
    }
    FileReading reading;
    reading.stamp = stamp_of(status);
    if (auto why = refusal(status, path)) {
        return refused(*std::move(why), reading.stamp);
    }
    const ReadLease lease(fd);
    if (lease.writer() == ReadLease::Writer::present && writers == Writers::wait_for) {
        reading.kind = FileReading::Kind::being_written;
        return reading;
    }
    // The size that counts is the one under the lease.
    if (::fstat(fd, &status) != 0 || status.st_size > static_cast<off_t>(largest_trusted_file)) {
        return refused(Error{"the file is larger than 1 MiB"}, reading.stamp);
    }
    reading.stamp = stamp_of(status);
    auto text = content_of(fd, static_cast<std::size_t>(status.st_size));
    if (!text) {
        return refused(std::move(text).error(), reading.stamp);
    }
    struct stat after{};
    const bool is_same = ::fstat(fd, &after) == 0 && stamp_of(after) == reading.stamp;
    reading.kind = is_same || writers == Writers::ignore ? FileReading::Kind::read
                                                         : FileReading::Kind::being_written;
    reading.text = *std::move(text);
    reading.is_finished = lease.writer() == ReadLease::Writer::none;
    reading.is_linked = status.st_nlink > 1;
    return reading;
}

/// `status` is what lstat(2) says: only a regular file is opened, since opening a device can do
/// things.
FileReading open_and_read(int folder, const std::string& name, const std::string& path,
                          const struct stat& status, Writers writers) {
    if (!S_ISREG(status.st_mode)) {
        return refused(not_regular(status.st_mode), stamp_of(status));
    }
    const UniqueFd fd(
        ::openat(folder, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) {
            return {};
        }
        return refused(core::system_error("open the file").error(), stamp_of(status));
    }
    return read_open_file(fd.get(), path, writers);
}

FileReading read_end_of(const PathWalk& walk, Writers writers) {
    if (auto error = mistrust_on_the_way(walk)) {
        return refused(*std::move(error));
    }
    if (!walk.end) {
        return refused(walk.end.error());
    }
    return open_and_read(walk.end->folder.get(), walk.end->name, walk.end->path, walk.end->status,
                         writers);
}

FolderIdentity identity_of(int fd, const struct stat& status) {
    FolderIdentity identity{.device = status.st_dev, .inode = status.st_ino, .made_ns = 0};
    struct statx more{};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &more) == 0 &&
        (more.stx_mask & STATX_BTIME) != 0) {
        identity.made_ns = more.stx_btime.tv_sec * 1'000'000'000 + more.stx_btime.tv_nsec;
    }
    return identity;
}

}  // namespace

FileStamp stamp_of(const struct stat& status) {
    return {.size = status.st_size,
            .modified_ns = ns_of(status.st_mtim),
            .changed_ns = ns_of(status.st_ctim),
            .inode = status.st_ino};
}

bool may_change_unseen(const FileStamp& stamp) {
    constexpr std::int64_t some_ticks_ns = 40'000'000;
    timespec now{};
    (void)::clock_gettime(CLOCK_REALTIME, &now);
    return std::llabs(ns_of(now) - stamp.changed_ns) < some_ticks_ns;
}

Result<TrustedFile> read_trusted_file(const std::string& path) {
    const std::string tried = "read \"" + path + "\"";
    const PathWalk walk = walk_path(path);
    if (!walk.end && walk.end.error().number == ENOENT) {
        return std::unexpected(Error{tried, ENOENT});
    }
    FileReading reading = read_end_of(walk, Writers::ignore);
    switch (reading.kind) {
        case FileReading::Kind::gone:
            return std::unexpected(Error{tried, ENOENT});
        case FileReading::Kind::refused:
            return std::unexpected(std::move(reading.why).during(tried));
        case FileReading::Kind::being_written:
        case FileReading::Kind::read:
            break;
    }
    return TrustedFile{.text = std::move(reading.text), .stamp = reading.stamp};
}

Result<TrustedFolder> open_trusted_folder(const PathWalk& walk) {
    if (!walk.end) {
        return std::unexpected(walk.end.error());
    }
    if (auto error = mistrust_on_the_way(walk)) {
        return std::unexpected(*std::move(error));
    }
    const PathEnd& end = *walk.end;
    if (!S_ISDIR(end.status.st_mode)) {
        return core::failure("this is not a folder");
    }
    TrustedFolder folder;
    folder.path = end.path;
    folder.fd.reset(::openat(end.folder.get(), end.name.c_str(),
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!folder.fd || ::fstat(folder.fd.get(), &status) != 0) {
        return core::system_error("open the folder");
    }
    if (auto error = mistrust(status, Role::folder, end.path)) {
        return std::unexpected(*std::move(error));
    }
    folder.identity = identity_of(folder.fd.get(), status);
    return folder;
}

FileReading read_file_of(const TrustedFolder& folder, const std::string& name) {
    struct stat status{};
    if (::fstatat(folder.fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return {};
        }
        return refused(core::system_error("look at the file").error());
    }
    const std::string path = folder.path + "/" + name;
    if (!S_ISLNK(status.st_mode)) {
        return open_and_read(folder.fd.get(), name, path, status, Writers::wait_for);
    }
    FileReading reading = read_end_of(walk_path(path), Writers::wait_for);
    reading.is_linked = true;
    if (reading.kind == FileReading::Kind::gone) {
        reading = refused(Error{"the file that the link points to", ENOENT});
    }
    return reading;
}

}  // namespace respawnd::platform
