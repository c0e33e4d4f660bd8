#include "platform/children_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using testing::command;
using ::testing::Contains;
using testing::end_of;
using ::testing::Not;
using testing::outcome_of;
using testing::shell;
using testing::wait_until;

StartedChild started(ChildRequest request) {
    auto child = start_child(ChildPlan::make(std::move(request)));
    if (!child) {
        std::abort();
    }
    (void)outcome_of(*child);
    return std::move(*child);
}

TEST(ChildrenOf, lists_our_own_from_a_file_that_stays_open) {
    const OwnChildren own;
    StartedChild child = started(command({"/bin/sleep", "1000"}));
    EXPECT_THAT(own.list(), Contains(child.process.pid()));
    ASSERT_TRUE(child.process.signal(SIGKILL));
    ASSERT_TRUE(testing::wait_readable(child.process.pidfd()));
    EXPECT_THAT(own.list(), Contains(child.process.pid())) << "a zombie is a child";
    (void)end_of(child);
    EXPECT_THAT(own.list(), Not(Contains(child.process.pid())));
}

TEST(ChildrenOf, lists_the_children_of_another_process) {
    StartedChild child = started(shell("sleep 1000 & sleep 1000 & wait"));
    EXPECT_TRUE(wait_until([&] { return children_of(child.process.pid()).size() == 2; }));
    ASSERT_TRUE(child.process.signal_group(SIGKILL));
    (void)end_of(child);
    EXPECT_TRUE(children_of(child.process.pid()).empty());
}

TEST(ChildrenOf, lists_descendants_down_to_a_bound) {
    StartedChild child =
        started(shell("sh -c 'sleep 1000 & sh -c \"sleep 1000; :\"; :' & sleep 1000; :"));
    const pid_t pid = child.process.pid();
    EXPECT_TRUE(wait_until([&] { return descendants_of(pid).size() == 5; }));
    EXPECT_EQ(descendants_of(pid, 2).size(), 2U);
    EXPECT_TRUE(descendants_of(pid, 0).empty());
    ASSERT_TRUE(child.process.signal_group(SIGKILL));
    (void)end_of(child);
}

TEST(ChildrenOf, nobody_has_none) {
    EXPECT_TRUE(children_of(0x3fffffff).empty());
    EXPECT_TRUE(descendants_of(0x3fffffff).empty());
}

}  // namespace
}  // namespace respawnd::platform
