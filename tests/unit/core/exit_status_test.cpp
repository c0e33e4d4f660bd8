#include "core/exit_status.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

TEST(ExitStatusWords, says_the_code) {
    EXPECT_EQ(words({ExitStatus::Kind::exited, 0}), "exited 0");
    EXPECT_EQ(words({ExitStatus::Kind::exited, 255}), "exited 255");
}

TEST(ExitStatusWords, names_the_signal_and_the_core_dump) {
    EXPECT_EQ(words({ExitStatus::Kind::signalled, 9}), "killed by SIGKILL");
    EXPECT_EQ(words({ExitStatus::Kind::signalled, 11, true}), "killed by SIGSEGV (core dumped)");
    EXPECT_EQ(words({ExitStatus::Kind::signalled, 36}), "killed by SIGRTMIN+2");
}

TEST(ExitStatusWords, admits_that_it_does_not_know) {
    EXPECT_EQ(words({}), "ended with a status that nobody can tell");
}

}  // namespace
}  // namespace respawnd::core
