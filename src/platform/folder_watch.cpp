#include "platform/folder_watch.h"

#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/folder_listing.h"

namespace respawnd::platform {
namespace {

constexpr std::uint32_t itself = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t appearing = IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t in_the_folder =
    itself | appearing | IN_MOVED_FROM | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB;

FolderChange::Kind kind_of(std::uint32_t mask) {
    if ((mask & IN_MOVED_TO) != 0) {
        return FolderChange::Kind::placed;
    }
    if ((mask & IN_CREATE) != 0) {
        return FolderChange::Kind::made;
    }
    if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) {
        return FolderChange::Kind::gone;
    }
    return (mask & IN_ATTRIB) != 0 ? FolderChange::Kind::touched : FolderChange::Kind::written;
}

}  // namespace

core::Result<std::unique_ptr<FolderWatch>> FolderWatch::make(EventLoop& loop,
                                                             std::function<void()> changed) {
    std::unique_ptr<FolderWatch> watch(new FolderWatch);
    watch->inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!watch->inotify_) {
        return core::system_error("inotify");
    }
    auto source = loop.add_readable(watch->inotify_.get(), Priority::folder, std::move(changed));
    if (!source) {
        return std::unexpected(std::move(source).error());
    }
    watch->source_ = *std::move(source);
    return watch;
}

std::vector<FolderWatch::Place> FolderWatch::places_of(const PathWalk& walk, Eagerness eagerness) {
    std::vector<Place> places;
    for (std::size_t i = 0; i < walk.folders.size(); ++i) {
        const WalkedFolder& folder = walk.folders[i];
        const bool is_last = i + 1 == walk.folders.size();
        std::uint32_t mask = itself;
        if (is_last || folder.next_is_link) {
            mask |= appearing;
        }
        if (eagerness == Eagerness::wait_for_rights) {
            mask |= IN_ATTRIB;
        }
        places.push_back({.path = folder.path, .mask = mask, .awaited = folder.next});
    }
    if (walk.end && S_ISDIR(walk.end->status.st_mode)) {
        places.push_back(
            {.path = walk.end->path, .mask = in_the_folder, .awaited = {}, .is_the_folder = true});
    }
    return places;
}

core::Result<void> FolderWatch::follow(const PathWalk& walk, Eagerness eagerness) {
    std::map<int, Place> places;
    for (Place& place : places_of(walk, eagerness)) {
        int watch = ::inotify_add_watch(inotify_.get(), place.path.c_str(), place.mask);
        if (const auto same = places.find(watch); watch >= 0 && same != places.end()) {
            // One folder met twice on the way: both masks.
            place.mask |= same->second.mask;
            watch = ::inotify_add_watch(inotify_.get(), place.path.c_str(), place.mask);
            place.awaited.clear();
        }
        if (watch >= 0) {
            places.insert_or_assign(watch, std::move(place));
            continue;
        }
        // A folder that may not be read cannot be watched; its parent tells when that changes. What
        // has just gone is seen as gone by whoever lists it.
        if (errno == ENOSPC || errno == ENOMEM) {
            return core::system_error("watch " + place.path);
        }
    }
    for (const auto& [watch, place] : places_) {
        if (!places.contains(watch)) {
            (void)::inotify_rm_watch(inotify_.get(), watch);  // fails where it has gone by itself
        }
    }
    places_ = std::move(places);
    return {};
}

FolderChanges FolderWatch::take_changes() {
    FolderChanges changes;
    alignas(inotify_event) std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (size <= 0) {
            return changes;
        }
        take({buffer.data(), static_cast<std::size_t>(size)}, changes);
    }
}

void FolderWatch::take(std::string_view events, FolderChanges& changes) {
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event{};
        std::memcpy(&event, events.data(), sizeof event);
        events.remove_prefix(sizeof event);
        // The name is padded with zeros.
        const std::string_view padded = events.substr(0, event.len);
        take_one(event.wd, event.mask, padded.substr(0, padded.find('\0')), changes);
        events.remove_prefix(padded.size());
    }
}

void FolderWatch::take_one(int watch, std::uint32_t mask, std::string_view name,
                           FolderChanges& changes) {
    if ((mask & IN_Q_OVERFLOW) != 0) {
        changes.look_at_all = true;
        return;
    }
    const auto place = places_.find(watch);
    if (place == places_.end()) {
        return;  // left over from a watch that has been given up
    }
    if ((mask & IN_IGNORED) != 0) {
        places_.erase(place);
        changes.look_at_all = true;
        return;
    }
    if (name.empty()) {
        changes.look_at_all = true;
        return;
    }
    if (!place->second.is_the_folder) {
        changes.look_at_all |= place->second.awaited.empty() || place->second.awaited == name;
        return;
    }
    if (is_name_of_job_file(name)) {
        changes.files.push_back({.name = std::string(name), .kind = kind_of(mask)});
    }
}

}  // namespace respawnd::platform
