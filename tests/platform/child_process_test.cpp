#include "platform/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "platform/signal_dispositions.h"
#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using core::ExitStatus;
using testing::command;
using testing::end_of;
using testing::failure_of;
using ::testing::HasSubstr;
using testing::in_own_process;
using testing::is_root;
using ::testing::Not;
using testing::outcome_of;
using testing::output_of;
using testing::shell;

/// Every promise about a child holds whichever way it was started.
class EveryWay : public ::testing::TestWithParam<ChildStarter::Ways> {};

INSTANTIATE_TEST_SUITE_P(ChildProcess, EveryWay,
                         ::testing::Values(ChildStarter::Ways{false, false},
                                           ChildStarter::Ways{true, false},
                                           ChildStarter::Ways{false, true},
                                           ChildStarter::Ways{true, true}),
                         [](const auto& way) {
                             return std::string(way.param.without_clone3 ? "clone" : "clone3") +
                                    (way.param.always_copies ? "_copied" : "_shared");
                         });

TEST_P(EveryWay, runs_a_program_and_reports_its_end) {
    ChildStarter starter(GetParam());
    auto child = starter.start(ChildPlan::make(shell("exit 7")));
    ASSERT_TRUE(child) << child.error().text();
    EXPECT_TRUE(std::holds_alternative<Executed>(outcome_of(*child)));
    EXPECT_EQ(end_of(*child), (ExitStatus{ExitStatus::Kind::exited, 7, false}));
}

TEST_P(EveryWay, gives_arguments_and_environment_as_they_are) {
    ChildRequest request = command({"/bin/sh", "-c", "printf '%s|' \"$@\"; env", "x", "a b", ""});
    request.environment.emplace_back("ODD=a=b c");
    EXPECT_EQ(output_of(std::move(request), GetParam()).substr(0, 5), "a b||");
}

TEST_P(EveryWay, the_child_has_no_descriptor_but_0_1_2) {
    const UniqueFd leaky(::open("/dev/null", O_RDONLY));  // one that lacks close-on-exec
    EXPECT_EQ(output_of(shell("i=0; while [ $i -lt 200 ]; do"
                              " [ -e /proc/$$/fd/$i ] && echo $i; i=$((i + 1)); done"),
                        GetParam()),
              "0\n1\n2\n");
}

TEST_P(EveryWay, standard_input_is_null) {
    EXPECT_EQ(output_of(shell("readlink /proc/$$/fd/0"), GetParam()), "/dev/null\n");
}

TEST_P(EveryWay, a_low_descriptor_limit_does_not_stop_the_start) {
    ChildRequest request = shell("ulimit -n");
    request.limits = {{RLIMIT_NOFILE, "nofile", 4, 64}};
    std::vector<UniqueFd> many;
    for (int i = 0; i < 100; ++i) {
        many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    EXPECT_EQ(output_of(std::move(request), GetParam()), "4\n");
}

TEST_P(EveryWay, signals_are_default_and_unblocked) {
    EXPECT_EQ(in_own_process([] {
                  for (int number = 1; number < 65; ++number) {
                      (void)::signal(number, SIG_IGN);
                  }
                  reset_signal_dispositions();
                  sigset_t all;
                  ::sigfillset(&all);
                  ::sigprocmask(SIG_SETMASK, &all, nullptr);
                  const std::string text =
                      output_of(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status"), GetParam());
                  return text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n" ? ""
                                                                                          : text;
              }),
              "");
}

TEST_P(EveryWay, has_its_own_session_umask_and_directory) {
    ChildRequest request = shell(
        "read -r pid name state parent group session rest < /proc/self/stat;"
        "test $session = $group && test $pid = $session || echo no session; umask; pwd");
    request.umask = 0137;
    request.directory = "/usr/bin";
    EXPECT_EQ(output_of(std::move(request), GetParam()), "0137\n/usr/bin\n");
}

TEST_P(EveryWay, a_missing_program_is_told) {
    EXPECT_EQ(failure_of(command({"/nonexistent/x"}), GetParam()),
              "run \"/nonexistent/x\": No such file or directory (\"/nonexistent\" does not "
              "exist)");
}

}  // namespace
}  // namespace respawnd::platform
