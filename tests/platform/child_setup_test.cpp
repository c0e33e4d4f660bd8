#include "platform/child_setup.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>

#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using testing::failure_of;
using testing::in_own_process;
using testing::is_root;
using testing::shell;

/// The kernel refuses one call that the child makes; no program may run then.
std::string refused(long system_call, int error, const ChildRequest& request,
                    std::optional<std::uint32_t> first_argument = std::nullopt,
                    ChildStarter::Ways ways = {}) {
    return in_own_process([&] {
        return testing::refuse(system_call, error, first_argument) ? failure_of(request, ways)
                                                                   : "no filter";
    });
}

ChildRequest as_stranger() {
    ChildRequest request = shell("exit 0");
    request.identity = testing::stranger();
    return request;
}

TEST(ChildSetup, a_refused_session_is_told) {
    EXPECT_EQ(refused(SYS_setsid, EPERM, shell("exit 0")),
              "start a session: Operation not permitted");
}

TEST(ChildSetup, refused_descriptors_are_told) {
    EXPECT_EQ(refused(SYS_dup3, EBADF, shell("exit 0")),
              "set up standard input and output: Bad file descriptor");
    EXPECT_EQ(refused(SYS_openat, EMFILE, shell("exit 0")),
              "set up standard input and output: Too many open files");
}

rlim_t hard_limit(__rlimit_resource resource) {
    rlimit limit{};
    return getrlimit(resource, &limit) == 0 ? limit.rlim_max : 0;
}

TEST(ChildSetup, a_refused_limit_is_told_with_its_values) {
    ChildRequest request = shell("exit 0");
    request.limits = {{RLIMIT_CORE, "core", 0, RLIM_INFINITY},
                      {RLIMIT_NOFILE, "nofile", 20, 10}};  // refused by the kernel itself
    EXPECT_EQ(failure_of(request), "set limit nofile to 20:10: Invalid argument");
    EXPECT_EQ(refused(SYS_prlimit64, EPERM, request),
              "set limit core to 0:infinity: Operation not permitted");
}

TEST(ChildSetup, a_limit_beyond_the_daemons_own_is_told_with_that) {
    ChildRequest request = shell("exit 0");
    request.limits = {{RLIMIT_NOFILE, "nofile", 20, RLIM_INFINITY}};
    EXPECT_EQ(failure_of(request),
              "set limit nofile to 20:infinity: Operation not permitted (" +
                  (geteuid() == 0 ? "more than fs.nr_open allows)"
                                  : "respawnd may not go beyond its own hard limit, which is " +
                                        std::to_string(hard_limit(RLIMIT_NOFILE)) + ")"));
}

TEST(ChildSetup, a_refused_oom_score_adj_is_told) {
    ChildRequest request = shell("exit 0");
    request.oom_score_adj = 5000;
    EXPECT_EQ(failure_of(request), "set oom_score_adj to 5000: Invalid argument");
}

TEST(ChildSetup, a_refused_nice_is_told) {
    ChildRequest request = shell("exit 0");
    request.nice = -5;
    EXPECT_EQ(refused(SYS_setpriority, EACCES, request), "set nice to -5: Permission denied");
}

TEST(ChildSetup, a_refused_timer_slack_is_told) {
    EXPECT_EQ(refused(SYS_prctl, EPERM, shell("exit 0"), PR_SET_TIMERSLACK),
              "set the timer slack: Operation not permitted");
}

TEST(ChildSetup, privileges_that_cannot_be_dropped_stop_the_start) {
    EXPECT_EQ(refused(SYS_setgroups, EPERM, as_stranger()),
              "take the supplementary groups of user \"stranger\": Operation not permitted");
    if (!is_root()) {
        GTEST_SKIP() << "the further steps need root";
    }
    EXPECT_EQ(refused(SYS_setresgid, EPERM, as_stranger()),
              "take group 54322: Operation not permitted");
    EXPECT_EQ(refused(SYS_setresuid, EPERM, as_stranger()),
              "become user \"stranger\": Operation not permitted");
    EXPECT_EQ(refused(SYS_setresuid, EAGAIN, as_stranger()),
              "become user \"stranger\": Resource temporarily unavailable");
}

TEST(ChildSetup, a_kernel_that_claims_to_have_dropped_privileges_is_not_believed) {
    if (!is_root()) {
        GTEST_SKIP() << "dropping privileges needs root";
    }
    // A filter can skip a call and report success with an errno of 0.
    EXPECT_EQ(refused(SYS_setresuid, 0, as_stranger()),
              "check that privileges are dropped to user \"stranger\": Operation not permitted "
              "(its ids are not those that were asked for)");
    EXPECT_EQ(refused(SYS_setresgid, 0, as_stranger()),
              "check that privileges are dropped to user \"stranger\": Operation not permitted "
              "(its ids are not those that were asked for)");
    EXPECT_EQ(refused(SYS_setuid, 0, as_stranger()),
              "check that privileges are dropped to user \"stranger\": Operation not permitted "
              "(it could become root again)");
}

TEST(ChildSetup, refused_capabilities_are_told) {
    if (!is_root()) {
        GTEST_SKIP() << "capabilities need root";
    }
    ChildRequest request = as_stranger();
    request.capabilities = {{CAP_KILL}};
    EXPECT_EQ(refused(SYS_prctl, EPERM, request, PR_CAPBSET_DROP),
              "take CAP_CHOWN out of the bounding set: Operation not permitted");
    EXPECT_EQ(refused(SYS_prctl, EPERM, request, PR_SET_KEEPCAPS),
              "keep capabilities: Operation not permitted");
    EXPECT_EQ(refused(SYS_capset, EPERM, request), "set capabilities: Operation not permitted");
    EXPECT_EQ(refused(SYS_prctl, EINVAL, request, PR_CAP_AMBIENT),
              "set the ambient capabilities: Invalid argument");
}

TEST(ChildSetup, a_refused_no_new_privileges_is_told) {
    ChildRequest request = shell("exit 0");
    request.no_new_privileges = true;
    // The filter of an ordinary user sets the flag itself, before it is installed.
    EXPECT_EQ(refused(SYS_prctl, EINVAL, request, PR_SET_NO_NEW_PRIVS),
              "set no_new_privileges: Invalid argument");
}

TEST(ChildSetup, a_refused_mask_is_told) {
    EXPECT_EQ(in_own_process([] {
                  return testing::refuse(SYS_rt_sigprocmask, EINVAL) ? failure_of(shell("exit 0"))
                                                                     : "no filter";
              }),
              "empty the signal mask: Invalid argument");
}

TEST(ChildSetup, every_way_of_starting_tells_the_step) {
    for (const bool without_clone3 : {false, true}) {
        for (const bool always_copies : {false, true}) {
            EXPECT_EQ(refused(SYS_setsid, EPERM, shell("exit 0"), std::nullopt,
                              {without_clone3, always_copies}),
                      "start a session: Operation not permitted");
        }
    }
}

}  // namespace
}  // namespace respawnd::platform
