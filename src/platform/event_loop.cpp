#include "platform/event_loop.h"

#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include <ctime>
#include <utility>

namespace respawnd::platform {

using core::Result;

struct EventSource::Registration {
    std::function<void()> handler;
    sd_event_source* source = nullptr;
    bool runs = false;
    bool is_cancelled = false;

    Registration() = default;
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() { sd_event_source_disable_unref(source); }

    /// The handler may destroy its own source; the registration then lives until it returns.
    static void call(void* userdata) noexcept {
        auto* registration = static_cast<Registration*>(userdata);
        registration->runs = true;
        registration->handler();
        registration->runs = false;
        if (registration->is_cancelled) {
            delete registration;
        }
    }
};

namespace {

// sd-event disables a source whose handler returns a negative number and says so at debug level
// only, so none of these ever does.
template <class Registration>
struct Trampoline {
    static int io(sd_event_source*, int, std::uint32_t, void* userdata) noexcept {
        Registration::call(userdata);
        return 0;
    }
    static int timer(sd_event_source*, std::uint64_t, void* userdata) noexcept {
        Registration::call(userdata);
        return 0;
    }
    static int signal(sd_event_source*, const signalfd_siginfo*, void* userdata) noexcept {
        Registration::call(userdata);
        return 0;
    }
    static int deferred(sd_event_source*, void* userdata) noexcept {
        Registration::call(userdata);
        return 0;
    }
};

std::unexpected<core::Error> loop_error(const char* tried, int result) {
    return std::unexpected(core::Error{tried, -result});
}

}  // namespace

EventSource::EventSource(std::unique_ptr<Registration> registration)
    : registration_(std::move(registration)) {}

EventSource::EventSource() = default;
EventSource::EventSource(EventSource&&) noexcept = default;

EventSource& EventSource::operator=(EventSource&& other) noexcept {
    if (this != &other) {
        reset();
        registration_ = std::move(other.registration_);
    }
    return *this;
}

EventSource::~EventSource() {
    reset();
}

void EventSource::reset() {
    if (registration_ == nullptr) {
        return;
    }
    if (!registration_->runs) {
        registration_.reset();
        return;
    }
    Registration* registration = registration_.release();
    registration->is_cancelled = true;
    registration->source = sd_event_source_disable_unref(registration->source);
}

void EventSource::set_deadline(core::Instant deadline) {
    if (deadline == core::no_deadline) {
        (void)sd_event_source_set_enabled(registration_->source, SD_EVENT_OFF);
        return;
    }
    const auto usec = static_cast<std::uint64_t>(deadline.time_since_epoch().count());
    (void)sd_event_source_set_time(registration_->source, usec);
    (void)sd_event_source_set_enabled(registration_->source, SD_EVENT_ONESHOT);
}

void EventSource::trigger() {
    (void)sd_event_source_set_enabled(registration_->source, SD_EVENT_ONESHOT);
}

void EventSource::set_priority(Priority priority) {
    (void)sd_event_source_set_priority(registration_->source, static_cast<std::int64_t>(priority));
}

struct EventLoop::Loop {
    sd_event* event = nullptr;

    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop() { sd_event_unref(event); }

    using Registration = EventSource::Registration;
    using Calls = Trampoline<Registration>;

    /// Gives a source that `add` made its handler's owner and its priority.
    template <class Add>
    static Result<std::unique_ptr<Registration>> registered(const char* tried, Priority priority,
                                                            std::function<void()> handler,
                                                            Add add) {
        auto registration = std::make_unique<Registration>();
        registration->handler = std::move(handler);
        if (const int result = add(&registration->source, registration.get()); result < 0) {
            return loop_error(tried, result);
        }
        (void)sd_event_source_set_priority(registration->source,
                                           static_cast<std::int64_t>(priority));
        return registration;
    }
};

EventLoop::EventLoop(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
EventLoop::EventLoop(EventLoop&&) noexcept = default;
EventLoop& EventLoop::operator=(EventLoop&&) noexcept = default;
EventLoop::~EventLoop() = default;

Result<EventLoop> EventLoop::make() {
    auto loop = std::make_unique<Loop>();
    if (const int result = sd_event_new(&loop->event); result < 0) {
        return loop_error("make the event loop", result);
    }
    return EventLoop(std::move(loop));
}

Result<EventSource> EventLoop::add_readable(int fd, Priority priority,
                                            std::function<void()> ready) {
    auto made = Loop::registered("wait for a descriptor", priority, std::move(ready),
                                 [&](sd_event_source** source, void* registration) {
                                     return sd_event_add_io(loop_->event, source, fd, EPOLLIN,
                                                            &Loop::Calls::io, registration);
                                 });
    if (!made) {
        return std::unexpected(std::move(made).error());
    }
    return EventSource(std::move(*made));
}

Result<EventSource> EventLoop::add_writable(int fd, Priority priority,
                                            std::function<void()> ready) {
    auto made = Loop::registered("wait for a descriptor", priority, std::move(ready),
                                 [&](sd_event_source** source, void* registration) {
                                     return sd_event_add_io(loop_->event, source, fd, EPOLLOUT,
                                                            &Loop::Calls::io, registration);
                                 });
    if (!made) {
        return std::unexpected(std::move(made).error());
    }
    return EventSource(std::move(*made));
}

Result<EventSource> EventLoop::add_timer(Priority priority, std::function<void()> expired) {
    // An accuracy of 0 would mean 250 ms.
    constexpr std::uint64_t accuracy_usec = 1;
    auto made = Loop::registered("make a timer", priority, std::move(expired),
                                 [&](sd_event_source** source, void* registration) {
                                     return sd_event_add_time(loop_->event, source, CLOCK_MONOTONIC,
                                                              0, accuracy_usec, &Loop::Calls::timer,
                                                              registration);
                                 });
    if (!made) {
        return std::unexpected(std::move(made).error());
    }
    (void)sd_event_source_set_enabled((*made)->source, SD_EVENT_OFF);
    return EventSource(std::move(*made));
}

Result<EventSource> EventLoop::add_signal(int signal, Priority priority,
                                          std::function<void()> arrived) {
    auto made = Loop::registered("wait for a signal", priority, std::move(arrived),
                                 [&](sd_event_source** source, void* registration) {
                                     return sd_event_add_signal(loop_->event, source, signal,
                                                                &Loop::Calls::signal, registration);
                                 });
    if (!made) {
        return std::unexpected(std::move(made).error());
    }
    return EventSource(std::move(*made));
}

Result<EventSource> EventLoop::add_deferred(Priority priority, std::function<void()> run) {
    auto made = Loop::registered(
        "add a deferred handler", priority, std::move(run),
        [&](sd_event_source** source, void* registration) {
            return sd_event_add_defer(loop_->event, source, &Loop::Calls::deferred, registration);
        });
    if (!made) {
        return std::unexpected(std::move(made).error());
    }
    (void)sd_event_source_set_enabled((*made)->source, SD_EVENT_OFF);
    return EventSource(std::move(*made));
}

Result<int> EventLoop::run() {
    const int result = sd_event_loop(loop_->event);
    if (result < 0) {
        return loop_error("run the event loop", result);
    }
    return result;
}

Result<void> EventLoop::turn(core::Duration wait) {
    const auto usec = static_cast<std::uint64_t>(wait.count());
    if (const int result = sd_event_run(loop_->event, usec); result < 0) {
        return loop_error("run the event loop", result);
    }
    return {};
}

void EventLoop::exit(int code) {
    (void)sd_event_exit(loop_->event, code);
}

core::Instant EventLoop::now() const {
    std::uint64_t usec = 0;
    (void)sd_event_now(loop_->event, CLOCK_MONOTONIC, &usec);
    return core::Instant(core::Duration(static_cast<std::int64_t>(usec)));
}

}  // namespace respawnd::platform
