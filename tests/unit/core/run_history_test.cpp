#include "core/run_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;
using Kind = AfterEnd::Kind;

constexpr Instant begin{1h};

RunEnd exited(int code, Duration ran_for = 1s) {
    return {.status = ExitStatus{ExitStatus::Kind::exited, code}, .ran_for = ran_for};
}

RunEnd killed(int signal) {
    return {.status = ExitStatus{ExitStatus::Kind::signalled, signal}, .ran_for = 1s};
}

AfterEnd decide(const RestartSettings& settings, const RunEnd& end) {
    RunHistory history;
    return decide_after_end(settings, history, end, begin, 0.5);
}

// The table of policies, written down a second time: by what an operator reads in the manual.
Kind expected(RestartPolicy policy, bool in_success, bool in_fatal) {
    if (in_success) {
        return policy == RestartPolicy::always ? Kind::restart : Kind::finish;
    }
    if (in_fatal) {
        return Kind::give_up_fatal;
    }
    return policy == RestartPolicy::never ? Kind::leave_failed : Kind::restart;
}

TEST(Policy, decides_every_code_and_signal) {
    RestartSettings settings;
    settings.success = {{EndMatch::Kind::exit_code, 0},
                        {EndMatch::Kind::exit_code, 15},
                        {EndMatch::Kind::signal, 2}};
    settings.fatal = {{EndMatch::Kind::exit_code, 64},
                      {EndMatch::Kind::signal, 11},
                      {EndMatch::Kind::exit_code, 15}};
    for (const auto policy :
         {RestartPolicy::always, RestartPolicy::on_failure, RestartPolicy::never}) {
        settings.policy = policy;
        for (int code = 0; code < 256; ++code) {
            EXPECT_EQ(decide(settings, exited(code)).kind,
                      expected(policy, code == 0 || code == 15, code == 64))
                << code;
        }
        for (int signal = 1; signal <= 64; ++signal) {
            EXPECT_EQ(decide(settings, killed(signal)).kind,
                      expected(policy, signal == 2, signal == 11))
                << signal;
        }
        const RunEnd unknown{.status = ExitStatus{}, .ran_for = 1s};
        EXPECT_EQ(decide(settings, unknown).kind, expected(policy, false, false));
        EXPECT_EQ(decide(settings, RunEnd{}).kind, expected(policy, false, false));
    }
}

TEST(Policy, tries_again_when_the_system_lacks_resources) {
    for (const auto policy :
         {RestartPolicy::always, RestartPolicy::on_failure, RestartPolicy::never}) {
        RestartSettings settings;
        settings.policy = policy;
        settings.limit = 1;
        RunHistory history;
        note_restart(history, true, begin);
        const AfterEnd decision =
            decide_after_end(settings, history, {.lack_of_resources = true}, begin, 0.5);
        EXPECT_EQ(decision.kind, Kind::restart);
        EXPECT_EQ(decision.wait, 100ms);
        EXPECT_FALSE(decision.counts);
    }
}

TEST(RunHistory, waits_longer_after_each_unstable_run) {
    RunHistory history;
    const RestartSettings settings;
    for (const Duration wait : {100ms, 200ms, 400ms}) {
        EXPECT_EQ(decide_after_end(settings, history, exited(1), begin, 0.5).wait, wait);
    }
}

TEST(RunHistory, waits_only_for_the_delay_after_a_stable_run) {
    RunHistory history;
    RestartSettings settings;
    settings.delay = 20ms;
    (void)decide_after_end(settings, history, exited(1), begin, 0.5);
    (void)decide_after_end(settings, history, exited(1), begin, 0.5);
    EXPECT_EQ(decide_after_end(settings, history, exited(1, 10s), begin, 0.5).wait, 20ms);
    EXPECT_EQ(decide_after_end(settings, history, exited(1, 10s - 1us), begin, 0.5).wait, 100ms);
}

TEST(RunHistory, never_takes_a_failed_start_for_a_stable_run) {
    RunHistory history;
    RestartSettings settings;
    settings.reset_after = 0s;
    EXPECT_EQ(decide_after_end(settings, history, {}, begin, 0.5).wait, 100ms);
    EXPECT_EQ(decide_after_end(settings, history, exited(1, 0s), begin, 0.5).wait, 0s);
}

TEST(RunHistory, gives_up_at_the_failure_after_the_limit) {
    RunHistory history;
    RestartSettings settings;
    settings.limit = 2;
    Instant now = begin;
    for (int i = 0; i < 2; ++i) {
        const AfterEnd decision = decide_after_end(settings, history, exited(1), now, 0.5);
        EXPECT_EQ(decision.kind, Kind::restart);
        EXPECT_TRUE(decision.counts);
        note_restart(history, decision.counts, now);
        now += 1s;
    }
    EXPECT_EQ(decide_after_end(settings, history, exited(1), now, 0.5).kind, Kind::give_up_limit);
    // A clean end is no failure, and restarts that are out of the window no longer count.
    settings.policy = RestartPolicy::always;
    EXPECT_EQ(decide_after_end(settings, history, exited(0), now, 0.5).kind, Kind::restart);
    EXPECT_EQ(
        decide_after_end(settings, history, exited(1), begin + settings.window - 1us, 0.5).kind,
        Kind::give_up_limit);
    EXPECT_EQ(decide_after_end(settings, history, exited(1), begin + settings.window, 0.5).kind,
              Kind::restart);
}

TEST(RunHistory, counts_for_ever_in_an_infinite_window) {
    RunHistory history;
    RestartSettings settings;
    settings.limit = 1;
    settings.window = infinite;
    note_restart(history, true, begin);
    EXPECT_EQ(decide_after_end(settings, history, exited(1), begin + 24h * 365 * 100, 0.5).kind,
              Kind::give_up_limit);
}

TEST(RunHistory, counts_restarts_up_to_the_largest_number) {
    RunHistory history;
    note_restart(history, false, begin);
    EXPECT_EQ(history.restarts, 1U);
    EXPECT_TRUE(history.failure_restarts.empty());
    history.restarts = std::numeric_limits<std::uint32_t>::max();
    note_restart(history, false, begin);
    EXPECT_EQ(history.restarts, std::numeric_limits<std::uint32_t>::max());
}

RC_GTEST_PROP(LimitProperty, never_more_than_limit_failure_restarts_in_any_window, ()) {
    RestartSettings settings;
    settings.policy = *rc::gen::element(RestartPolicy::always, RestartPolicy::on_failure);
    settings.limit = *rc::gen::inRange<std::uint32_t>(1, 6);
    settings.window = Duration(*rc::gen::inRange<std::int64_t>(1, 60'000'000));
    settings.reset_after = Duration(*rc::gen::inRange<std::int64_t>(0, 20'000'000));
    RunHistory history;
    Instant now = begin;
    std::vector<Instant> restarts;
    const int ends = *rc::gen::inRange(1, 60);
    for (int i = 0; i < ends; ++i) {
        const Duration ran_for(*rc::gen::inRange<std::int64_t>(0, 15'000'000));
        now += ran_for;
        const RunEnd end = *rc::gen::inRange(0, 4) == 0 ? exited(0, ran_for) : exited(1, ran_for);
        const AfterEnd decision = decide_after_end(settings, history, end, now, 0.5);
        RC_ASSERT(history.failure_restarts.size() <= settings.limit);
        if (decision.kind != Kind::restart) {
            continue;  // as if retry_after had passed
        }
        // What the run left behind is stopped first, which takes its time.
        now += decision.wait + Duration(*rc::gen::inRange<std::int64_t>(0, 12'000'000));
        note_restart(history, decision.counts, now);
        if (end.status->number == 1) {
            restarts.push_back(now);
        }
    }
    for (const Instant last : restarts) {
        const auto in_window = std::ranges::count_if(
            restarts, [&](Instant at) { return at <= last && last - at < settings.window; });
        RC_ASSERT(in_window <= static_cast<std::int64_t>(settings.limit));
    }
}

}  // namespace
}  // namespace respawnd::core
