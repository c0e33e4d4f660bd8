#include "platform/process_watch.h"

#include <sys/epoll.h>

namespace respawnd::platform {

core::Result<ProcessWatch> ProcessWatch::make() {
    UniqueFd set(epoll_create1(EPOLL_CLOEXEC));
    if (!set) {
        return core::system_error("make an epoll set for processes");
    }
    return ProcessWatch(std::move(set));
}

core::Result<void> ProcessWatch::add(int fd, std::uint64_t tag) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    if (epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return core::system_error("watch a process");
    }
    return {};
}

void ProcessWatch::remove(int fd) const {
    (void)epoll_ctl(set_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const std::uint64_t> ProcessWatch::ready() {
    std::array<epoll_event, most_at_once> events{};
    const int count = epoll_wait(set_.get(), events.data(), most_at_once, 0);
    for (int i = 0; i < count; ++i) {
        const auto place = static_cast<std::size_t>(i);
        tags_[place] = events[place].data.u64;
    }
    return std::span(tags_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
}

}  // namespace respawnd::platform
