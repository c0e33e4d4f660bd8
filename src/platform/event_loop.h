// The one loop: sd_event(3), wrapped so that what waits is owned by an object and a mistake in a
// handler cannot switch a source off. This is the only file that sees libsystemd's event sources.
//
// Everything runs in one thread, and no handler may block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/result.h"
#include "core/time.h"

namespace respawnd::platform {

/// The order in which the loop serves what is ready at the same time; lower is earlier.
enum class Priority : std::int64_t {
    /// Ends and starts of processes: what everything else is for. The outcome of an exec and the
    /// end of the process come from one source, which reads them in that order.
    processes = -100,
    /// Backoffs and time-outs: after the ends, so that a process that has just ended is not killed.
    deadlines = -50,
    /// Signals to the daemon, answers of helpers, the logger's word.
    control = 0,
    /// The folder of job files.
    folder = 50,
    /// Starts that did not fit into their turn, and messages that do not hurry.
    rest_of_work = 100,
    /// Orphans: nobody waits for them.
    orphans = 150,
};

/// Something that the loop waits for. Destroying it cancels it, also from inside its own handler.
class EventSource {
  public:
    EventSource();
    EventSource(EventSource&&) noexcept;
    EventSource& operator=(EventSource&&) noexcept;
    ~EventSource();

    [[nodiscard]] explicit operator bool() const { return registration_ != nullptr; }
    void reset();

    /// For a timer: when to fire next, once. `no_deadline` switches it off.
    void set_deadline(core::Instant deadline);
    /// For a deferred handler: run it once in the next turn.
    void trigger();
    /// From the next turn on.
    void set_priority(Priority priority);

  private:
    friend class EventLoop;
    struct Registration;
    explicit EventSource(std::unique_ptr<Registration> registration);

    std::unique_ptr<Registration> registration_;
};

class EventLoop {
  public:
    [[nodiscard]] static core::Result<EventLoop> make();
    EventLoop(EventLoop&&) noexcept;
    EventLoop& operator=(EventLoop&&) noexcept;
    ~EventLoop();

    /// Calls `ready` while `fd` is readable (or has hung up). The loop does not own `fd`, which
    /// must live longer than the source.
    [[nodiscard]] core::Result<EventSource> add_readable(int fd, Priority priority,
                                                         std::function<void()> ready);
    /// Like add_readable, for a descriptor that can be written to.
    [[nodiscard]] core::Result<EventSource> add_writable(int fd, Priority priority,
                                                         std::function<void()> ready);
    /// A timer on CLOCK_MONOTONIC that is off until set_deadline(). It fires within a microsecond
    /// of the kernel's own accuracy.
    [[nodiscard]] core::Result<EventSource> add_timer(Priority priority,
                                                      std::function<void()> expired);
    /// Calls `arrived` for every time that the signal came in; several at once may be one call. The
    /// signal must be blocked.
    [[nodiscard]] core::Result<EventSource> add_signal(int signal, Priority priority,
                                                       std::function<void()> arrived);
    /// A handler that runs once after each trigger().
    [[nodiscard]] core::Result<EventSource> add_deferred(Priority priority,
                                                         std::function<void()> run);

    /// Runs until exit(); returns its code.
    [[nodiscard]] core::Result<int> run();
    /// One turn: serves one source that is ready, after waiting for it at most so long. For whoever
    /// has to look between turns.
    [[nodiscard]] core::Result<void> turn(core::Duration wait);
    void exit(int code);

    /// When the current turn began: the time that everything in this turn is judged by.
    [[nodiscard]] core::Instant now() const;

  private:
    struct Loop;
    explicit EventLoop(std::unique_ptr<Loop> loop);

    std::unique_ptr<Loop> loop_;
};

}  // namespace respawnd::platform
