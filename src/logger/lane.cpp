#include "logger/lane.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "platform/monotonic_clock.h"

namespace respawnd::logger {
namespace {

std::int64_t now_in_nanoseconds() {
    return platform::monotonic_now().time_since_epoch().count();
}

}  // namespace

Lane::~Lane() {
    const std::lock_guard lock(shared_->mutex);
    shared_->ends = true;
    shared_->changed.notify_one();
}

void Lane::post(std::function<void()> task) {
    if (!runs_.exchange(true)) {
        try {
            std::thread([shared = shared_, kind = kind_] { work(shared, kind); }).detach();
        } catch (const std::system_error&) {
            runs_ = false;
            task();
            return;
        }
    }
    const std::lock_guard lock(shared_->mutex);
    shared_->tasks.push_back(std::move(task));
    shared_->changed.notify_one();
}

void Lane::has_moved() {
    shared_->moved_at = now_in_nanoseconds();
}

std::optional<core::Instant> Lane::stands_since() const {
    const std::int64_t moved_at = shared_->moved_at;
    if (moved_at == 0) {
        return std::nullopt;
    }
    return core::Instant(core::Instant::duration(moved_at));
}

void Lane::work(const std::shared_ptr<Shared>& shared, Kind kind) {
    if (kind == Kind::in_the_background) {
        // The number of a thread is good for setpriority(2), which POSIX does not say.
        constexpr int least = 19;
        (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), least);
    }
    std::unique_lock lock(shared->mutex);
    for (;;) {
        shared->changed.wait(lock, [&] { return !shared->tasks.empty() || shared->ends; });
        if (shared->tasks.empty()) {
            return;
        }
        auto task = std::move(shared->tasks.front());
        shared->tasks.pop_front();
        lock.unlock();
        shared->moved_at = now_in_nanoseconds();
        task();
        // What it holds may be the last that knows this lane, and goes while nothing is locked.
        task = nullptr;
        shared->moved_at = 0;
        lock.lock();
    }
}

}  // namespace respawnd::logger
