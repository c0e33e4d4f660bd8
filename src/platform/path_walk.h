// Follows a path one component at a time, as the kernel would, and keeps what it saw on the way:
// whoever may write one of these folders decides what the path means, and whoever swaps one of
// them makes it mean something else. Nothing is opened for reading.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// A folder in which a component of the path was looked up.
struct WalkedFolder {
    std::string path;  ///< without links
    struct stat status{};
    std::string next;           ///< the component that was looked up in it
    bool next_is_link = false;  ///< so that a new link by that name changes the path
};

/// What the path names. Only a link that is swapped during the walk can make it a link.
struct PathEnd {
    UniqueFd folder;  ///< O_PATH, the folder that holds it
    std::string name;
    std::string path;  ///< without links
    struct stat status{};
};

struct PathWalk {
    /// All that were entered, "/" first; when the walk failed, the last one is where it did.
    std::vector<WalkedFolder> folders;
    core::Result<PathEnd> end;
};

/// `path` is absolute.
[[nodiscard]] PathWalk walk_path(const std::string& path);

/// True when both walks went through the same folders to the same end.
[[nodiscard]] bool same_way(const PathWalk& one, const PathWalk& other);

}  // namespace respawnd::platform
