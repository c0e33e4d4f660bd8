#include "platform/process_handle.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "platform/children_of.h"
#include "platform/process_facts.h"
#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using core::ExitStatus;
using testing::command;
using testing::end_of;
using testing::outcome_of;
using testing::shell;

/// Anybody of the group that is no zombie.
bool process_is_in_group(pid_t group) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const int pid = std::atoi(entry.path().filename().c_str());
        const auto stat = pid > 0 ? process_stat(pid) : std::nullopt;
        if (stat && stat->group == group && stat->state != 'Z') {
            return true;
        }
    }
    return false;
}

StartedChild started(ChildRequest request) {
    auto child = start_child(ChildPlan::make(std::move(request)));
    if (!child) {
        std::abort();
    }
    (void)outcome_of(*child);
    return std::move(*child);
}

TEST(ProcessHandle, tells_how_a_child_ended) {
    StartedChild exits = started(shell("exit 42"));
    EXPECT_EQ(end_of(exits), (ExitStatus{ExitStatus::Kind::exited, 42, false}));
    StartedChild dies = started(shell("kill -TERM $$"));
    EXPECT_EQ(end_of(dies), (ExitStatus{ExitStatus::Kind::signalled, SIGTERM, false}));
}

TEST(ProcessHandle, tells_nothing_while_it_lives) {
    StartedChild child = started(command({"/bin/sleep", "1000"}));
    EXPECT_FALSE(child.process.has_ended());
    EXPECT_EQ(child.process.reap(), std::nullopt);
    ASSERT_TRUE(child.process.signal(SIGKILL));
    EXPECT_EQ(end_of(child).number, SIGKILL);
}

TEST(ProcessHandle, a_reaped_process_cannot_be_signalled) {
    StartedChild child = started(command({"/bin/true"}));
    (void)end_of(child);
    const auto signalled = child.process.signal(SIGTERM);
    ASSERT_FALSE(signalled);
    EXPECT_EQ(signalled.error().number, ESRCH);
    const auto group = child.process.signal_group(SIGTERM);
    ASSERT_FALSE(group);
    EXPECT_EQ(group.error().number, ESRCH);
    EXPECT_EQ(child.process.reap(), ExitStatus{}) << "somebody has reaped it: unknown";
}

TEST(ProcessHandle, a_group_can_be_signalled_while_its_dead_leader_is_not_reaped) {
    StartedChild child = started(shell("sleep 1000 & echo; exit 0"));
    ASSERT_TRUE(testing::wait_readable(child.process.pidfd()));
    EXPECT_TRUE(child.process.signal_group(SIGKILL));
    EXPECT_TRUE(testing::wait_until([&] { return !process_is_in_group(child.process.pid()); }));
    (void)end_of(child);
}

TEST(ProcessHandle, the_inode_is_the_same_for_all_handles_on_a_process) {
    const auto first = ProcessHandle::open(::getpid());
    const auto second = ProcessHandle::open(::getpid());
    const auto parent = ProcessHandle::open(::getppid());
    ASSERT_TRUE(first && second && parent);
    if (!first->inode()) {
        GTEST_SKIP() << "this kernel has no pidfs";
    }
    EXPECT_EQ(first->inode(), second->inode());
    EXPECT_NE(first->inode(), parent->inode());
}

TEST(ProcessHandle, nobody_is_refused) {
    const auto nobody = ProcessHandle::open(0x3fffffff);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().text(), "open process 1073741823: No such process");
}

TEST(ProcessHandle, a_strangers_end_is_seen_and_its_status_is_unknown) {
    StartedChild child = started(shell("sleep 1000 & echo $!; wait"));
    auto grandchild = [&] {
        std::vector<pid_t> found;
        (void)testing::wait_until([&] {
            found = children_of(child.process.pid());
            return !found.empty();
        });
        return ProcessHandle::open(found.at(0));
    }();
    ASSERT_TRUE(grandchild);
    EXPECT_EQ(grandchild->reap(), std::nullopt);
    ASSERT_TRUE(grandchild->signal(SIGKILL));
    EXPECT_EQ(end_of(*grandchild), ExitStatus{});
    (void)end_of(child);
}

TEST(ProcessHandle, dropping_it_leaves_the_process_alone) {
    StartedChild child = started(command({"/bin/sleep", "1000"}));
    auto other = ProcessHandle::open(child.process.pid());
    ASSERT_TRUE(other);
    {
        const ProcessHandle gone = std::move(child.process);
    }
    EXPECT_FALSE(other->has_ended());
    ASSERT_TRUE(other->signal(SIGKILL));
    EXPECT_EQ(end_of(*other).number, SIGKILL);
}

}  // namespace
}  // namespace respawnd::platform
