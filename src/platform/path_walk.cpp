#include "platform/path_walk.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <string_view>
#include <utility>

namespace respawnd::platform {
namespace {

/// As many links as the kernel follows.
constexpr int most_links = 40;

/// Puts the components of `path` on top of the stack, the first one uppermost.
void push_components(std::vector<std::string>& left, std::string_view path) {
    std::vector<std::string> components;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view component = path.substr(0, slash);
        if (!component.empty() && component != ".") {
            components.emplace_back(component);
        }
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    left.insert(left.end(), std::make_move_iterator(components.rbegin()),
                std::make_move_iterator(components.rend()));
}

std::string below(const std::string& folder, const std::string& name) {
    return folder == "/" ? "/" + name : folder + "/" + name;
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool same_inode(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

class Walk {
  public:
    explicit Walk(const std::string& path) : path_(path) { push_components(left_, path); }

    PathWalk result() {
        PathWalk walk{.folders = {}, .end = core::failure("")};
        walk.end = end();
        walk.folders = std::move(folders_);
        return walk;
    }

  private:
    core::Result<PathEnd> end() {
        if (auto entered = enter(AT_FDCWD, "/", "/"); !entered) {
            return std::unexpected(std::move(entered).error());
        }
        if (left_.empty()) {
            left_.emplace_back(".");
        }
        while (true) {
            auto ended = step();
            if (!ended || *ended) {
                if (!ended) {
                    return std::unexpected(std::move(ended).error());
                }
                return std::move(end_);
            }
        }
    }

    /// One component; true when it was the last.
    core::Result<bool> step() {
        const std::string name = std::move(left_.back());
        left_.pop_back();
        folders_.back().next = name;
        const std::string where = name == ".."  ? folder_of(folders_.back().path)
                                  : name == "." ? folders_.back().path
                                                : below(folders_.back().path, name);
        struct stat status{};
        if (::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return core::system_error("look at \"" + where + "\"");
        }
        if (S_ISLNK(status.st_mode)) {
            return follow_link(name, where);
        }
        if (left_.empty()) {
            end_ = {.folder = std::move(folder_), .name = name, .path = where, .status = status};
            return true;
        }
        if (!S_ISDIR(status.st_mode)) {
            return std::unexpected(core::Error{"look at \"" + where + "\"", ENOTDIR});
        }
        auto entered = enter(folder_.get(), name, where);
        if (!entered) {
            return std::unexpected(std::move(entered).error());
        }
        return false;
    }

    core::Result<bool> follow_link(const std::string& name, const std::string& where) {
        if (++links_ > most_links) {
            return std::unexpected(core::Error{"follow \"" + path_ + "\"", ELOOP});
        }
        std::array<char, PATH_MAX> target{};
        const ssize_t size =
            ::readlinkat(folder_.get(), name.c_str(), target.data(), target.size());
        if (size < 0) {
            return core::system_error("read the link \"" + where + "\"");
        }
        folders_.back().next_is_link = true;
        const std::string_view text(target.data(), static_cast<std::size_t>(size));
        push_components(left_, text);
        if (text.starts_with('/')) {
            if (auto entered = enter(AT_FDCWD, "/", "/"); !entered) {
                return std::unexpected(std::move(entered).error());
            }
        } else {
            // The same folder once more, since another name is looked up in it.
            folders_.push_back(
                {.path = folders_.back().path, .status = folders_.back().status, .next = {}});
        }
        if (left_.empty()) {
            left_.emplace_back(".");
        }
        return false;
    }

    core::Result<void> enter(int from, const std::string& name, const std::string& where) {
        UniqueFd entered(
            ::openat(from, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        struct stat status{};
        if (!entered || ::fstat(entered.get(), &status) != 0) {
            return core::system_error("enter \"" + where + "\"");
        }
        folder_ = std::move(entered);
        folders_.push_back({.path = where, .status = status, .next = {}});
        return {};
    }

    const std::string& path_;
    std::vector<std::string> left_;
    std::vector<WalkedFolder> folders_;
    UniqueFd folder_;
    PathEnd end_;
    int links_ = 0;
};

}  // namespace

PathWalk walk_path(const std::string& path) {
    return Walk(path).result();
}

bool same_way(const PathWalk& one, const PathWalk& other) {
    const auto same_folder = [](const WalkedFolder& a, const WalkedFolder& b) {
        return a.path == b.path && same_inode(a.status, b.status);
    };
    if (one.end.has_value() != other.end.has_value() ||
        !std::ranges::equal(one.folders, other.folders, same_folder)) {
        return false;
    }
    return !one.end || same_inode(one.end->status, other.end->status);
}

}  // namespace respawnd::platform
