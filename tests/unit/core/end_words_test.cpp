#include "core/end_words.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;
using Kind = AfterEnd::Kind;

JobDefinition job(RestartPolicy policy = RestartPolicy::on_failure) {
    JobDefinition definition;
    definition.restart.policy = policy;
    definition.restart.limit = 5;
    return definition;
}

JobDefinition retried(RestartPolicy policy = RestartPolicy::on_failure) {
    JobDefinition definition = job(policy);
    definition.restart.retry_after = 1h;
    return definition;
}

TEST(ConsequenceWords, tell_when_it_starts_again) {
    EXPECT_EQ(consequence_words(job(), {Kind::restart, 0s}), "; starting again at once");
    EXPECT_EQ(consequence_words(job(), {Kind::restart, 100ms}), "; starting again in 0.1 s");
    EXPECT_EQ(consequence_words(job(), {Kind::restart, 3ms}), "; starting again in 0.003 s");
}

TEST(ConsequenceWords, tell_how_a_clean_end_would_be_restarted) {
    EXPECT_EQ(consequence_words(job(), {Kind::finish}),
              "; policy \"on-failure\" leaves that alone (policy = \"always\" restarts it)");
    EXPECT_EQ(consequence_words(job(RestartPolicy::never), {Kind::finish}),
              "; policy \"never\" leaves that alone");
}

TEST(ConsequenceWords, tell_why_it_gives_up_and_until_when) {
    EXPECT_EQ(consequence_words(job(RestartPolicy::never), {Kind::leave_failed}),
              "; policy \"never\" leaves that alone; it stays down until its file changes");
    EXPECT_EQ(consequence_words(retried(RestartPolicy::never), {Kind::leave_failed}),
              "; policy \"never\" leaves that alone; trying anew in 1 h");
    EXPECT_EQ(consequence_words(job(), {Kind::give_up_limit}),
              "; giving up: 5 restarts after failures within 10 min are the limit; it stays down "
              "until its file changes");
    EXPECT_EQ(consequence_words(retried(), {Kind::give_up_limit}),
              "; giving up: 5 restarts after failures within 10 min are the limit; trying anew in "
              "1 h");
    JobDefinition once = job();
    once.restart.limit = 1;
    EXPECT_EQ(consequence_words(once, {Kind::give_up_limit}),
              "; giving up: 1 restart after failures within 10 min is the limit; it stays down "
              "until its file changes");
    EXPECT_EQ(consequence_words(job(), {Kind::give_up_fatal}),
              "; giving up: \"fatal\" lists that; it stays down until its file changes");
}

TEST(GiveUpWords, are_the_reason_that_a_failed_instance_keeps) {
    EXPECT_EQ(give_up_words("exited 1", job(), {Kind::restart, 1s}), "");
    EXPECT_EQ(give_up_words("exited 0", job(), {Kind::finish}), "");
    EXPECT_EQ(give_up_words("exited 1", job(RestartPolicy::never), {Kind::leave_failed}),
              "exited 1; policy \"never\" leaves that alone");
    EXPECT_EQ(give_up_words("killed by SIGSEGV (core dumped)", job(), {Kind::give_up_limit}),
              "killed by SIGSEGV (core dumped); 5 restarts after failures within 10 min are the "
              "limit");
    EXPECT_EQ(give_up_words("exited 78", job(), {Kind::give_up_fatal}),
              "exited 78, which \"fatal\" lists");
}

TEST(LeftBehindWords, name_one_of_them) {
    EXPECT_EQ(left_behind_words({1, 4711, "sleep 99"}),
              "; first stopping the process that it left behind (pid 4711, sleep 99)");
    EXPECT_EQ(left_behind_words({3, 4711, "sleep 99"}),
              "; first stopping the 3 processes that it left behind (pid 4711, sleep 99, ...)");
}

TEST(ForkedItselfWords, say_what_to_do) {
    EXPECT_EQ(
        forked_itself_words({1, 4711, "my.php"}),
        "forked itself into the background (pid 4711, my.php); run it in the foreground (look "
        "for an option such as --foreground or --no-daemon); what it left is being stopped, and "
        "it stays down until its file changes");
}

}  // namespace
}  // namespace respawnd::core
