#include "platform/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "platform/monotonic_clock.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {
namespace {

using namespace std::chrono_literals;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;

    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe(ends.data()), 0);
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
    void put() const { EXPECT_EQ(write(write_end.get(), "x", 1), 1); }
    void take() const {
        char byte = 0;
        EXPECT_EQ(read(read_end.get(), &byte, 1), 1);
    }
};

class EventLoopTest : public testing::Test {
  protected:
    /// Turns the loop until `holds`; false when nothing more comes within a minute.
    bool turn_until(const std::function<bool()>& holds) {
        const core::Instant end = monotonic_now() + 60s;
        while (!holds()) {
            if (monotonic_now() > end || !loop.turn(100ms)) {
                return false;
            }
        }
        return true;
    }

    EventLoop loop = std::move(*EventLoop::make());
};

TEST_F(EventLoopTest, a_readable_descriptor_calls_its_handler_until_it_is_read) {
    const Pipe pipe;
    int calls = 0;
    auto source = loop.add_readable(pipe.read_end.get(), Priority::control, [&] {
        if (++calls == 3) {
            pipe.take();
        }
    });
    ASSERT_TRUE(source);
    pipe.put();
    EXPECT_TRUE(turn_until([&] { return calls == 3; }));
    ASSERT_TRUE(loop.turn(0ms));
    EXPECT_EQ(calls, 3);
}

TEST_F(EventLoopTest, a_handler_may_destroy_its_own_source) {
    const Pipe pipe;
    auto source = std::make_unique<EventSource>();
    int calls = 0;
    // What the handler holds must live until it returns.
    const auto held = std::make_shared<int>(7);
    *source = std::move(
        *loop.add_readable(pipe.read_end.get(), Priority::control, [&source, &calls, copy = held] {
            source.reset();
            calls += *copy;
        }));
    pipe.put();
    EXPECT_TRUE(turn_until([&] { return calls == 7; }));
    ASSERT_TRUE(loop.turn(0ms));
    EXPECT_EQ(calls, 7);
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(EventLoopTest, a_destroyed_source_is_never_called) {
    const Pipe pipe;
    bool called = false;
    {
        auto source =
            loop.add_readable(pipe.read_end.get(), Priority::control, [&] { called = true; });
        pipe.put();
    }
    ASSERT_TRUE(loop.turn(0ms));
    EXPECT_FALSE(called);
}

TEST_F(EventLoopTest, a_timer_fires_once_at_its_deadline_and_not_before) {
    core::Instant fired{};
    int calls = 0;
    auto timer = loop.add_timer(Priority::deadlines, [&] {
        fired = monotonic_now();
        ++calls;
    });
    ASSERT_TRUE(timer);
    const core::Instant deadline = monotonic_now() + 30ms;
    timer->set_deadline(deadline);
    EXPECT_TRUE(turn_until([&] { return calls == 1; }));
    EXPECT_GE(fired, deadline);
    timer->set_deadline(monotonic_now());
    timer->set_deadline(core::no_deadline);
    ASSERT_TRUE(loop.turn(0ms));
    EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, what_is_ready_together_is_served_by_priority) {
    const Pipe pipe;
    std::string order;
    auto late = loop.add_deferred(Priority::rest_of_work, [&] { order += "rest "; });
    auto early = loop.add_readable(pipe.read_end.get(), Priority::processes, [&] {
        pipe.take();
        order += "process ";
    });
    ASSERT_TRUE(late && early);
    late->trigger();
    pipe.put();
    EXPECT_TRUE(turn_until([&] { return order.size() > 10; }));
    EXPECT_EQ(order, "process rest ");
}

TEST_F(EventLoopTest, a_signal_calls_its_handler) {
    sigset_t one;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, SIGUSR2);
    sigset_t before;
    ASSERT_EQ(sigprocmask(SIG_BLOCK, &one, &before), 0);
    int calls = 0;
    {
        auto source = loop.add_signal(SIGUSR2, Priority::control, [&] { ++calls; });
        ASSERT_TRUE(source);
        ASSERT_EQ(raise(SIGUSR2), 0);
        EXPECT_TRUE(turn_until([&] { return calls == 1; }));
    }
    ASSERT_EQ(sigprocmask(SIG_SETMASK, &before, nullptr), 0);
}

TEST_F(EventLoopTest, run_ends_with_the_code_of_exit) {
    auto source = loop.add_deferred(Priority::control, [&] { loop.exit(7); });
    ASSERT_TRUE(source);
    source->trigger();
    const auto code = loop.run();
    ASSERT_TRUE(code);
    EXPECT_EQ(*code, 7);
}

}  // namespace
}  // namespace respawnd::platform
