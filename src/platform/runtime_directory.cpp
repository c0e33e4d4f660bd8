#include "platform/runtime_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "platform/output_name.h"

namespace respawnd::platform {
namespace {

using core::Result;

constexpr mode_t folder_mode = 0755;

Result<void> make_folder(const std::string& path) {
    std::error_code problem;
    (void)std::filesystem::create_directories(path, problem);
    if (problem) {
        return std::unexpected(core::Error{"make the folder \"" + path + "\"", problem.value()});
    }
    return {};
}

/// Opens a folder that is to be ours alone.
Result<UniqueFd> open_own_folder(const std::string& path) {
    UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat found{};
    if (!folder || fstat(folder.get(), &found) != 0) {
        return core::system_error("open the folder \"" + path + "\"");
    }
    if (found.st_uid != geteuid()) {
        return core::failure("the folder \"" + path + "\" belongs to user " +
                             std::to_string(found.st_uid) + ", not to " +
                             std::to_string(geteuid()) +
                             "; remove it, or name another one with "
                             "--runtime-dir");
    }
    constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;
    if ((found.st_mode & writable_by_others) != 0) {
        return core::failure("others may write in the folder \"" + path +
                             "\"; mend it with: chmod go-w " + path);
    }
    return folder;
}

}  // namespace

Result<UniqueFd> make_runtime_directory(const std::string& path) {
    if (path.size() > longest_runtime_path) {
        return core::failure("the run-time directory \"" + path + "\" has " +
                             std::to_string(path.size()) + " bytes, and only " +
                             std::to_string(longest_runtime_path) +
                             " leave room for the names of sockets below it; name a shorter one "
                             "with --runtime-dir");
    }
    const bool is_new = access(path.c_str(), F_OK) != 0;
    if (auto made = make_folder(path); !made) {
        return std::unexpected(std::move(made).error());
    }
    // An ordinary user's may lie in /tmp. What does not succeed here is seen below.
    if (is_new && geteuid() != 0) {
        (void)chmod(path.c_str(), S_IRWXU);
    }
    if (auto own = open_own_folder(path); !own) {
        return std::unexpected(std::move(own).error());
    }
    const std::string output = path + "/output";
    if (mkdir(output.c_str(), folder_mode) != 0 && errno != EEXIST) {
        return core::system_error("make the folder \"" + output + "\"");
    }
    return open_own_folder(output);
}

std::size_t remove_old_outputs(const UniqueFd& output) {
    struct CloseFolder {
        void operator()(DIR* folder) const { (void)closedir(folder); }
    };
    std::size_t filled = 0;
    const int copy = fcntl(output.get(), F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, CloseFolder> folder(copy < 0 ? nullptr : fdopendir(copy));
    while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder.get())) {
        struct stat status{};
        if (fstatat(output.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        const bool is_spool =
            S_ISREG(status.st_mode) && std::string_view(entry->d_name).ends_with(spool_ending);
        if (is_spool || S_ISFIFO(status.st_mode)) {
            filled += is_spool && status.st_size != 0 ? 1 : 0;
            (void)unlinkat(output.get(), entry->d_name, 0);
        }
    }
    return filled;
}

Result<void> make_log_directory(const std::string& path) {
    return make_folder(path);
}

}  // namespace respawnd::platform
