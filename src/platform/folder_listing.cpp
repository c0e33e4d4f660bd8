#include "platform/folder_listing.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace respawnd::platform {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const { (void)::closedir(folder); }
};

core::Result<std::vector<std::string>> names_in(DIR* folder) {
    std::vector<std::string> names;
    for (std::size_t seen = 0;; ++seen) {
        errno = 0;
        const dirent* entry = ::readdir(folder);
        if (entry == nullptr) {
            break;
        }
        if (names.size() > most_job_files || seen > 10 * most_job_files) {
            return core::failure("there are more than " + std::to_string(most_job_files) +
                                 " job files in the folder");
        }
        if (is_name_of_job_file(entry->d_name)) {
            names.emplace_back(entry->d_name);
        }
    }
    if (errno != 0) {
        return core::system_error("list the folder");
    }
    return names;
}

}  // namespace

bool is_name_of_job_file(std::string_view name) {
    return name.ends_with(job_file_ending) && !name.starts_with('.');
}

core::Result<std::vector<ListedFile>> list_job_files(const TrustedFolder& folder) {
    // A descriptor of its own, since the position in the folder belongs to the open file.
    UniqueFd fd(::openat(folder.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, CloseFolder> open(fd ? ::fdopendir(fd.get()) : nullptr);
    if (open == nullptr) {
        return core::system_error("open the folder");
    }
    (void)fd.release();
    auto names = names_in(open.get());
    if (!names) {
        return std::unexpected(std::move(names).error());
    }
    std::ranges::sort(*names);
    std::vector<ListedFile> files;
    files.reserve(names->size());
    for (std::string& name : *names) {
        struct stat status{};
        const bool is_seen = ::fstatat(folder.fd.get(), name.c_str(), &status, 0) == 0;
        files.push_back(
            {.name = std::move(name), .stamp = is_seen ? stamp_of(status) : FileStamp{}});
    }
    return files;
}

}  // namespace respawnd::platform
