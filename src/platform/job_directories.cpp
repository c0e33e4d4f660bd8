#include "platform/job_directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>
#include <utility>
#include <vector>

#include "platform/unique_fd.h"

namespace respawnd::platform {
namespace {

constexpr mode_t folder_mode = 0755;

core::Result<std::vector<std::string>> parts_of(const JobDirectory& directory) {
    std::vector<std::string> parts;
    std::string_view rest = directory.name;
    for (;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part.empty() || part == "." || part == "..") {
            return core::failure("make directory \"" + directory.name + "\" below \"" +
                                 directory.base + "\": it is not a plain relative path");
        }
        parts.emplace_back(part);
        if (slash == std::string_view::npos) {
            return parts;
        }
        rest.remove_prefix(slash + 1);
    }
}

struct Made {
    UniqueFd folder;
    bool is_new = false;
};

/// Makes one part in the open folder `parent`, or opens the one that is there.
core::Result<Made> make_part(int parent, const std::string& part, const std::string& path) {
    Made made;
    made.is_new = ::mkdirat(parent, part.c_str(), 0700) == 0;
    if (!made.is_new && errno != EEXIST) {
        return core::system_error("make directory \"" + path + "\"");
    }
    made.folder.reset(
        ::openat(parent, part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made.folder) {
        struct stat status{};
        if (::fstatat(parent, part.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            !S_ISDIR(status.st_mode)) {
            return core::failure("make directory \"" + path + "\": " +
                                 (S_ISLNK(status.st_mode) ? "a symbolic link" : "something else") +
                                 " stands there");
        }
        return core::system_error("open directory \"" + path + "\"");
    }
    // The umask is the daemon's and counts for mkdirat.
    if (made.is_new && ::fchmod(made.folder.get(), folder_mode) != 0) {
        return core::system_error("set the mode of directory \"" + path + "\"");
    }
    return made;
}

core::Result<void> hand_over(const UniqueFd& folder, const JobDirectory& directory,
                             const std::string& path) {
    struct stat status{};
    if (::fstat(folder.get(), &status) != 0) {
        return core::system_error("look at directory \"" + path + "\"");
    }
    if (status.st_uid == directory.uid && status.st_gid == directory.gid) {
        return {};
    }
    if (status.st_uid != directory.uid && status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return core::failure("directory \"" + path + "\" belongs to user " +
                             std::to_string(status.st_uid) + "; \"chown -R " +
                             std::to_string(directory.uid) + ":" + std::to_string(directory.gid) +
                             " " + path + "\" hands it over");
    }
    if (::fchown(folder.get(), directory.uid, directory.gid) != 0) {
        return core::system_error("give directory \"" + path + "\" to user " +
                                  std::to_string(directory.uid));
    }
    return {};
}

}  // namespace

core::Result<std::string> make_job_directory(const JobDirectory& directory) {
    const auto parts = parts_of(directory);
    if (!parts) {
        return std::unexpected(parts.error());
    }
    std::string path = directory.base;
    UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
        return core::system_error("open directory \"" + path + "\"");
    }
    for (const std::string& part : *parts) {
        path += "/" + part;
        auto made = make_part(folder.get(), part, path);
        if (!made) {
            return std::unexpected(made.error());
        }
        folder = std::move(made->folder);
    }
    if (auto handed = hand_over(folder, directory, path); !handed) {
        return std::unexpected(handed.error());
    }
    return path;
}

}  // namespace respawnd::platform
