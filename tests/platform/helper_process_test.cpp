#include "platform/helper_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "platform/children_of.h"
#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using testing::in_own_process;

core::Result<std::string> answer_of(HelperProcess& helper) {
    for (;;) {
        if (!testing::wait_readable(helper.fd())) {
            return core::failure("no answer");
        }
        if (auto answer = helper.read()) {
            return *answer;
        }
    }
}

core::Result<std::string> ask(std::function<std::string()> question) {
    auto helper = start_helper(std::move(question));
    if (!helper) {
        return std::unexpected(helper.error());
    }
    return answer_of(*helper);
}

TEST(HelperProcess, gives_the_answer_of_a_function) {
    EXPECT_EQ(ask([] { return "forty-two"; }).value(), "forty-two");
    EXPECT_EQ(ask([] { return ""; }).value(), "");
    const std::string bytes("a\0b\n", 4);
    EXPECT_EQ(ask([&] { return bytes; }).value(), bytes);
}

TEST(HelperProcess, gives_a_long_answer_in_turns) {
    EXPECT_EQ(ask([] { return std::string(3'000'000, 'x'); }).value().size(), 3'000'000U);
}

TEST(HelperProcess, refuses_an_answer_without_end) {
    const auto answer = ask([] { return std::string(longest_answer + 1, 'x'); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().text(), "the answer of the helper process is too long");
}

TEST(HelperProcess, a_helper_that_dies_has_given_no_answer) {
    for (const int end : {0, SIGKILL}) {
        const auto answer = ask([end]() -> std::string {
            if (end == 0) {
                ::_exit(0);
            }
            (void)::raise(end);
            return "";
        });
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().text(), "the helper process ended without an answer");
    }
}

TEST(HelperProcess, an_exception_is_no_answer) {
    const auto answer = ask([]() -> std::string { return std::string().substr(1); });
    EXPECT_FALSE(answer);
}

TEST(HelperProcess, one_that_hangs_is_killed_with_its_handle) {
    EXPECT_EQ(
        in_own_process([]() -> std::string {
            {
                auto helper = start_helper([]() -> std::string {
                    for (;;) {
                        (void)::pause();
                    }
                });
                if (!helper || helper->read() || children_of(::getpid()).size() != 1) {
                    return "it does not hang";
                }
            }
            // Killed; whoever comes next finds it dead.
            siginfo_t info{};
            if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0 || info.si_status != SIGKILL) {
                return "it was not killed";
            }
            {
                auto next = start_helper([] { return "x"; });
                (void)answer_of(*next);
                if (children_of(::getpid()).size() != 1) {
                    return "the zombie is still there";
                }
            }
            return "";
        }),
        "");
}

TEST(HelperProcess, has_clean_signals_and_none_of_our_descriptors) {
    const UniqueFd ours(::dup(0));
    const auto answer = ask([] {
        sigset_t mask;
        (void)::sigprocmask(SIG_SETMASK, nullptr, &mask);
        struct sigaction action{};
        (void)::sigaction(SIGTERM, nullptr, &action);
        std::string text = ::sigismember(&mask, SIGTERM) == 0 ? "open " : "blocked ";
        text += action.sa_handler == SIG_DFL ? "default " : "handled ";
        std::size_t descriptors = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            descriptors += entry.path().empty() ? 0 : 1;
        }
        return text + std::to_string(descriptors);
    });
    // 0, 1, 2, the pipe, and the folder that is being listed.
    EXPECT_EQ(answer.value(), "open default 5");
}

}  // namespace
}  // namespace respawnd::platform
