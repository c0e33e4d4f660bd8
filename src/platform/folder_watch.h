// Tells that something changed in a folder, or on the way to it: inotify(7).
//
// What is told is a hint, never the truth: whoever is told looks for himself. So an overflow, a
// folder that was replaced and a watch that the kernel has dropped are all one and the same,
// "look at everything". Nothing wakes up while nothing changes; files in the parent folder that
// are written or go away are not waited for, as they are none of the folder's business.
//
// inotify tells nothing of changes behind a link's target, of a file system mounted over the
// folder, and of what another machine does to a network file system.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/event_loop.h"
#include "platform/path_walk.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

struct FolderChange {
    enum class Kind {
        placed,   ///< renamed into the folder: it may be whole
        made,     ///< a new file, empty yet, or a link, whole
        written,  ///< content changed, or a writer closed it
        touched,  ///< owner, mode or times changed
        gone,
    };
    std::string name;
    Kind kind = Kind::written;
};

struct FolderChanges {
    bool look_at_all = false;
    std::vector<FolderChange> files;  ///< in the order of events; only names of job files
};

class FolderWatch {
  public:
    /// `changed` is called while there is something for take_changes().
    [[nodiscard]] static core::Result<std::unique_ptr<FolderWatch>> make(
        EventLoop& loop, std::function<void()> changed);

    enum class Eagerness {
        ordinary,
        /// Also for owners and modes of the folders above: they may be why the folder is refused.
        wait_for_rights
    };

    /// Watches the folder that the walk led to and the folders on the way, or the way as far as it
    /// goes; in place of what was watched before. To be called before the folder is listed.
    [[nodiscard]] core::Result<void> follow(const PathWalk& walk, Eagerness eagerness);

    /// All that has happened since the last call.
    [[nodiscard]] FolderChanges take_changes();

  private:
    struct Place {
        std::string path;
        std::uint32_t mask = 0;
        std::string awaited;  ///< in a folder on the way: the name that matters
        bool is_the_folder = false;
    };

    FolderWatch() = default;
    static std::vector<Place> places_of(const PathWalk& walk, Eagerness eagerness);
    void take(std::string_view events, FolderChanges& changes);
    void take_one(int watch, std::uint32_t mask, std::string_view name, FolderChanges& changes);

    UniqueFd inotify_;
    EventSource source_;
    std::map<int, Place> places_;
};

}  // namespace respawnd::platform
