#include "platform/children_of.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "platform/process_facts.h"

namespace respawnd::platform {
namespace {

// A process with more children than fit here is not one that we started.
constexpr std::size_t most_bytes = 4UL * 1024 * 1024;
// The kernel hands these files out by pages.
constexpr std::size_t piece = 4096;

std::vector<pid_t> numbers_in(const std::string& text) {
    std::vector<pid_t> result;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        pid_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error == std::errc{}) {
            result.push_back(number);
            at = next;
        }
        ++at;
    }
    return result;
}

std::string content_of(int fd) {
    std::string text;
    while (text.size() < most_bytes) {
        const std::size_t before = text.size();
        text.resize(before + piece);
        const ssize_t size = ::pread(fd, text.data() + before, piece, static_cast<off_t>(before));
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        if (size <= 0) {
            break;
        }
    }
    return text;
}

struct FolderCloser {
    void operator()(DIR* folder) const { (void)::closedir(folder); }
};

/// The entries of a folder of /proc that are numbers.
std::vector<pid_t> numbered_entries(const std::string& path) {
    std::vector<pid_t> result;
    const std::unique_ptr<DIR, FolderCloser> folder(::opendir(path.c_str()));
    if (!folder) {
        return result;
    }
    while (const dirent* entry = ::readdir(folder.get())) {
        const std::string name = entry->d_name;
        pid_t number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc{} && end == name.data() + name.size()) {
            result.push_back(number);
        }
    }
    return result;
}

std::vector<pid_t> children_by_scan(pid_t parent) {
    std::vector<pid_t> result;
    for (const pid_t pid : numbered_entries("/proc")) {
        const auto stat = process_stat(pid);
        if (stat && stat->parent == parent) {
            result.push_back(pid);
        }
    }
    return result;
}

}  // namespace

OwnChildren::OwnChildren() : file_(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)) {}

std::vector<pid_t> OwnChildren::list() const {
    return file_ ? numbers_in(content_of(file_.get())) : children_by_scan(::getpid());
}

std::vector<pid_t> children_of(pid_t parent) {
    const std::string tasks = "/proc/" + std::to_string(parent) + "/task";
    std::vector<pid_t> result;
    for (const pid_t task : numbered_entries(tasks)) {
        const std::string path = tasks + "/" + std::to_string(task) + "/children";
        const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file) {
            if (errno == ENOENT && ::access(tasks.c_str(), F_OK) == 0 &&
                ::access("/proc/thread-self/children", F_OK) != 0) {
                return children_by_scan(parent);
            }
            continue;
        }
        const std::vector<pid_t> own = numbers_in(content_of(file.get()));
        result.insert(result.end(), own.begin(), own.end());
    }
    return result;
}

std::vector<pid_t> descendants_of(pid_t ancestor, std::size_t most) {
    std::vector<pid_t> result;
    std::unordered_set<pid_t> seen{ancestor};  // numbers can be reused while we look
    std::size_t next = 0;
    for (pid_t parent = ancestor;; parent = result[next++]) {
        for (const pid_t child : children_of(parent)) {
            if (result.size() >= most) {
                return result;
            }
            if (seen.insert(child).second) {
                result.push_back(child);
            }
        }
        if (next >= result.size()) {
            return result;
        }
    }
}

}  // namespace respawnd::platform
