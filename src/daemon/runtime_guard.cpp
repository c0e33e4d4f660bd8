#include "daemon/runtime_guard.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <variant>

#include "platform/runtime_directory.h"

namespace respawnd::daemon {

using core::Result;

Result<std::unique_ptr<RuntimeGuard>> RuntimeGuard::make(platform::EventLoop& loop, OwnLog& log,
                                                         std::string runtime_directory,
                                                         platform::RuntimeLock lock) {
    std::unique_ptr<RuntimeGuard> guard(
        new RuntimeGuard(loop, log, std::move(runtime_directory), std::move(lock)));
    guard->inotify_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!guard->inotify_) {
        return core::system_error("inotify");
    }
    auto changed = loop.add_readable(guard->inotify_.get(), platform::Priority::folder,
                                     [raw = guard.get()] { raw->look(); });
    auto again = loop.add_timer(platform::Priority::folder, [raw = guard.get()] { raw->look(); });
    for (auto* source : {&changed, &again}) {
        if (!*source) {
            return std::unexpected(std::move(*source).error());
        }
    }
    guard->changed_ = std::move(*changed);
    guard->again_ = std::move(*again);
    guard->watch();
    return guard;
}

/// A file that is open is not deleted for inotify(7); its number of links tells (IN_ATTRIB).
void RuntimeGuard::watch() {
    const std::string lock = platform::RuntimeLock::path_in(runtime_directory_);
    for (const auto& [path, mask] :
         {std::pair(runtime_directory_, std::uint32_t{IN_MOVE_SELF | IN_ONLYDIR}),
          std::pair(lock, std::uint32_t{IN_ATTRIB | IN_MOVE_SELF})}) {
        if (inotify_add_watch(inotify_.get(), path.c_str(), mask) < 0) {
            log_.warning(core::system_error("watch \"" + path + "\"").error().text() +
                         "; if it is removed, a second respawnd can start beside this one");
        }
    }
}

void RuntimeGuard::look() {
    constexpr std::size_t size_of_buffer = 4096;
    std::array<char, size_of_buffer> events{};
    while (read(inotify_.get(), events.data(), events.size()) > 0) {
        // What they say is seen by looking.
    }
    if (!lock_.is_in(runtime_directory_)) {
        take_again();
    }
}

void RuntimeGuard::take_again() {
    const std::string happened =
        "the run-time directory \"" + runtime_directory_ + "\" has been removed or replaced";
    auto made = platform::make_runtime_directory(runtime_directory_);
    if (!made) {
        return fail(happened + ", and cannot be made again: " + made.error().text());
    }
    auto taken = platform::RuntimeLock::take(runtime_directory_);
    if (!taken) {
        return fail(happened + ", and its lock cannot be taken again: " + taken.error().text());
    }
    if (const auto* held = std::get_if<platform::HeldBy>(&*taken)) {
        return fail(happened + ", and process " + std::to_string(held->pid) +
                    " has taken it: two daemons run, and jobs may run twice; stop one of them");
    }
    lock_ = std::move(std::get<platform::RuntimeLock>(*taken));
    failures_ = 0;
    watch();
    log_.warning(happened + "; it is made and locked again, the jobs run on");
}

/// Said when it fails twice: whoever removes the folder may be in the midst of it.
void RuntimeGuard::fail(const std::string& text) {
    constexpr int told_at = 2;
    if (++failures_ == told_at) {
        log_.error(text +
                   "; until that is mended a second respawnd can start beside this one; "
                   "looking again every second");
    }
    again_.set_deadline(core::after(loop_.now(), failures_ < told_at ? std::chrono::milliseconds(20)
                                                                     : std::chrono::seconds(1)));
}

}  // namespace respawnd::daemon
