#include "platform/process_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using testing::end_of;
using testing::outcome_of;
using testing::shell;
using ::testing::StartsWith;

StartedChild started(ChildRequest request) {
    auto child = start_child(ChildPlan::make(std::move(request)));
    if (!child) {
        std::abort();
    }
    (void)outcome_of(*child);
    return std::move(*child);
}

void kill_all(StartedChild& child) {
    EXPECT_TRUE(child.process.signal_group(SIGKILL));
    (void)end_of(child);
}

TEST(ProcessFacts, tells_about_a_child) {
    ChildRequest request = shell("kill -STOP $$");
    request.environment.emplace_back("RESPAWND_GENERATION=4711");
    StartedChild child = started(std::move(request));
    const pid_t pid = child.process.pid();
    ASSERT_TRUE(testing::wait_until([&] { return process_stat(pid)->state == 'T'; }));
    const auto facts = process_facts(pid);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->stat.pid, pid);
    EXPECT_EQ(facts->stat.parent, ::getpid());
    EXPECT_EQ(facts->stat.session, pid);
    EXPECT_EQ(facts->stat.group, pid);
    EXPECT_EQ(facts->stat.name, "sh");
    EXPECT_GT(facts->stat.start_ticks, 0U);
    EXPECT_EQ(facts->uid, ::geteuid());
    EXPECT_EQ(facts->title, "/bin/sh -c kill -STOP $$");
    EXPECT_EQ(facts->command_line, std::string("/bin/sh\0-c\0kill -STOP $$\0", 25));
    EXPECT_THAT(facts->executable, StartsWith("/"));
    EXPECT_EQ(facts->generation, "4711");
    EXPECT_EQ(facts->output, "/dev/null");
    EXPECT_EQ(facts->error, "/dev/null");
    kill_all(child);
}

TEST(ProcessFacts, start_ticks_are_those_of_proc) {
    const auto stat = process_stat(::getpid());
    const auto parent = process_stat(::getppid());
    ASSERT_TRUE(stat && parent);
    EXPECT_GE(stat->start_ticks, parent->start_ticks);
}

TEST(ProcessFacts, a_hostile_title_is_cut_and_made_printable) {
    ChildRequest request = shell("kill -STOP $$");
    request.command.push_back("\x1b[2J\n\xff" + std::string(500, 'x'));
    StartedChild child = started(std::move(request));
    ASSERT_TRUE(
        testing::wait_until([&] { return process_stat(child.process.pid())->state == 'T'; }));
    const auto facts = process_facts(child.process.pid());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->title.size(), 80U);
    EXPECT_THAT(facts->title, StartsWith("/bin/sh -c kill -STOP $$ ?[2J??xxx"));
    EXPECT_EQ(facts->generation, std::nullopt);
    kill_all(child);
}

TEST(ProcessFacts, a_name_with_brackets_and_blanks_confuses_nothing) {
    EXPECT_EQ(testing::in_own_process([]() -> std::string {
                  (void)::prctl(PR_SET_NAME, "a) Z 1 (b");
                  const auto stat = process_stat(::getpid());
                  return stat && stat->name == "a) Z 1 (b" && stat->parent == ::getppid() &&
                                 stat->state == 'R'
                             ? ""
                             : "confused";
              }),
              "");
}

TEST(ProcessFacts, a_zombie_has_a_name_for_a_title) {
    StartedChild child = started(shell("exit 0"));
    ASSERT_TRUE(testing::wait_readable(child.process.pidfd()));
    const auto facts = process_facts(child.process.pid());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->stat.state, 'Z');
    EXPECT_EQ(facts->title, "[sh]");
    (void)end_of(child);
    EXPECT_EQ(process_facts(child.process.pid()), std::nullopt);
}

}  // namespace
}  // namespace respawnd::platform
