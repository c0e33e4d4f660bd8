#include "platform/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/process_facts.h"
#include "platform/resource_limits.h"
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

TEST_P(EveryWay, timer_slack_is_the_default) {
    EXPECT_EQ(in_own_process([] {
                  (void)::prctl(PR_SET_TIMERSLACK, 7777);
                  const std::string text =
                      output_of(shell("exec cat /proc/self/timerslack_ns"), GetParam());
                  return text == "50000\n" ? "" : text;
              }),
              "");
}

TEST_P(EveryWay, limits_are_set) {
    ChildRequest request = shell("ulimit -c; ulimit -Hn; ulimit -Sn");
    request.limits = {{RLIMIT_CORE, "core", 0, 0}, {RLIMIT_NOFILE, "nofile", 100, 200}};
    EXPECT_EQ(output_of(std::move(request), GetParam()), "0\n200\n100\n");
}

TEST_P(EveryWay, the_daemons_raised_descriptor_limit_is_not_inherited) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  const rlimit low{64, 4096};
                  if (::setrlimit(RLIMIT_NOFILE, &low) != 0 || !raise_descriptor_limit() ||
                      !raise_descriptor_limit()) {
                      return "cannot raise";
                  }
                  rlimit own{};
                  (void)::getrlimit(RLIMIT_NOFILE, &own);
                  const std::string text = output_of(shell("ulimit -Sn; ulimit -Hn"), GetParam());
                  return own.rlim_cur == 4096 && text == "64\n4096\n" ? "" : text;
              }),
              "");
}

TEST_P(EveryWay, nice_is_absolute) {
    EXPECT_EQ(in_own_process([] {
                  (void)!::nice(3);
                  ChildRequest request = shell("nice");
                  request.nice = 5;
                  const std::string text = output_of(std::move(request), GetParam());
                  return text == "5\n" ? "" : text;
              }),
              "");
}

TEST_P(EveryWay, becomes_the_user_wholly) {
    if (!is_root()) {
        GTEST_SKIP() << "becoming another user needs root";
    }
    ChildRequest request = shell("grep -E '^(Uid|Gid|Groups|CapEff|CapPrm)' /proc/self/status");
    request.identity = testing::stranger();
    EXPECT_EQ(output_of(std::move(request), GetParam()),
              "Uid:\t54321\t54321\t54321\t54321\nGid:\t54322\t54322\t54322\t54322\n"
              "Groups:\t54323 54324 \nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n");
}

TEST_P(EveryWay, one_who_is_the_user_already_needs_no_right_to_become_it) {
    Identity self;
    self.uid = ::geteuid();
    self.gid = ::getegid();
    self.groups.resize(static_cast<std::size_t>(::getgroups(0, nullptr)));
    (void)::getgroups(static_cast<int>(self.groups.size()), self.groups.data());
    ChildRequest request = shell("id -u");
    request.identity = self;
    EXPECT_EQ(output_of(std::move(request), GetParam()), std::to_string(self.uid) + "\n");
}

TEST_P(EveryWay, a_user_keeps_the_capabilities_that_are_listed) {
    if (!is_root()) {
        GTEST_SKIP() << "capabilities need root";
    }
    ChildRequest request = shell("grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status");
    request.identity = testing::stranger();
    request.capabilities = {{CAP_NET_BIND_SERVICE}};
    EXPECT_EQ(output_of(std::move(request), GetParam()),
              "CapInh:\t0000000000000400\nCapPrm:\t0000000000000400\n"
              "CapEff:\t0000000000000400\nCapBnd:\t0000000000000400\n"
              "CapAmb:\t0000000000000400\n");
}

TEST_P(EveryWay, root_is_held_to_the_capabilities_that_are_listed) {
    if (!is_root()) {
        GTEST_SKIP() << "capabilities need root";
    }
    ChildRequest request = shell("grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status");
    request.capabilities = {{CAP_KILL}};
    EXPECT_EQ(output_of(request, GetParam()),
              "CapInh:\t0000000000000000\nCapPrm:\t0000000000000020\n"
              "CapEff:\t0000000000000020\nCapBnd:\t0000000000000020\n"
              "CapAmb:\t0000000000000000\n");
    request.capabilities = std::vector<int>{};
    EXPECT_THAT(output_of(request, GetParam()), HasSubstr("CapBnd:\t0000000000000000"));
}

TEST_P(EveryWay, no_new_privileges_is_set_on_demand) {
    ChildRequest request = shell("grep NoNewPrivs /proc/self/status");
    EXPECT_EQ(output_of(request, GetParam()), "NoNewPrivs:\t0\n");
    request.no_new_privileges = true;
    EXPECT_EQ(output_of(std::move(request), GetParam()), "NoNewPrivs:\t1\n");
}

TEST_P(EveryWay, its_own_oom_score_adj_leaves_ours_alone) {
    const auto own = [] {
        std::ifstream file("/proc/self/oom_score_adj");
        int score = 0;
        file >> score;
        return score;
    };
    const int before = own();
    const int wanted = std::min(before + 100, 1000);
    ChildRequest request = shell("cat /proc/self/oom_score_adj");
    request.oom_score_adj = wanted;
    EXPECT_EQ(output_of(std::move(request), GetParam()), std::to_string(wanted) + "\n");
    EXPECT_EQ(own(), before);
}

TEST_P(EveryWay, error_may_go_elsewhere_and_numbers_may_collide) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  int output[2];
                  int error[2];
                  if (::pipe(output) != 0 || ::pipe(error) != 0) {
                      return "pipe";
                  }
                  // The worst places: each where the other has to go.
                  const int output_copy = ::fcntl(output[1], F_DUPFD, 20);
                  const int error_copy = ::fcntl(error[1], F_DUPFD, 20);
                  ::dup2(error_copy, 1);
                  ::dup2(output_copy, 2);
                  ChildRequest request = shell("echo out; echo err >&2");
                  request.output = 2;
                  request.error = 1;
                  ChildStarter starter(GetParam());
                  auto child = starter.start(ChildPlan::make(std::move(request)));
                  if (!child) {
                      return child.error().text();
                  }
                  (void)outcome_of(*child);
                  (void)end_of(*child);
                  char text[8] = {};
                  (void)!::read(output[0], text, 4);
                  (void)!::read(error[0], text + 4, 3);
                  return std::string(text) == "out\nerr" ? "" : text;
              }),
              "");
}

TEST_P(EveryWay, without_output_it_writes_to_null) {
    ChildStarter starter(GetParam());
    auto child = starter.start(ChildPlan::make(
        shell("test /proc/self/fd/1 -ef /dev/null && test /proc/self/fd/2 -ef /dev/null")));
    ASSERT_TRUE(child);
    (void)outcome_of(*child);
    EXPECT_EQ(end_of(*child).number, 0);
}

TEST_P(EveryWay, a_start_that_hangs_holds_nobody_up_and_names_its_step) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  ChildStarter starter(GetParam());
                  if (!testing::hang_in(SYS_chdir)) {
                      return "no filter";
                  }
                  // start() returning at all is the proof: the child never gets past this step.
                  auto child = starter.start(ChildPlan::make(shell("exit 0")));
                  if (!child) {
                      return child.error().text();
                  }
                  const std::string wanted = "enter directory \"/\"";
                  const bool named = testing::wait_until([&] {
                      return child->read_outcome().has_value() || child->current_step() == wanted;
                  });
                  if (!named || child->current_step() != wanted) {
                      return "it is at: " + child->current_step();
                  }
                  (void)child->process.signal(SIGKILL);
                  const StartOutcome outcome = outcome_of(*child);
                  const auto* ended = std::get_if<EndedBeforeExec>(&outcome);
                  if (ended == nullptr || ended->step != SetupStep::directory) {
                      return "the wrong outcome";
                  }
                  return end_of(*child).number == SIGKILL ? "" : "the wrong end";
              }),
              "");
}

TEST_P(EveryWay, a_handle_that_is_dropped_early_keeps_the_stack_for_its_child) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  ChildStarter starter(GetParam());
                  if (!testing::hang_in(SYS_chdir)) {
                      return "no filter";
                  }
                  ProcessHandle process;
                  {
                      auto child = starter.start(ChildPlan::make(shell("exit 0")));
                      process = std::move(child->process);
                  }
                  if (starter.parked() != 1 || starter.kept_stacks() != 0) {
                      return "the stack was not kept";
                  }
                  (void)process.signal(SIGKILL);
                  (void)end_of(process);
                  auto next = starter.start(ChildPlan::make(shell("exit 0")));
                  if (starter.parked() != 0) {
                      return "the stack was not collected";
                  }
                  (void)next->process.signal(SIGKILL);
                  (void)end_of(*next);
                  return "";
              }),
              "");
}

// The allocator of the address sanitizer maps memory as it likes.
#ifdef __SANITIZE_ADDRESS__
constexpr bool maps_tell_leaks = false;
#else
constexpr bool maps_tell_leaks = true;
#endif

TEST_P(EveryWay, a_thousand_starts_leave_nothing_behind) {
    const auto count = [](const char* folder) {
        return std::distance(std::filesystem::directory_iterator(folder), {});
    };
    EXPECT_EQ(in_own_process([&]() -> std::string {
                  ChildStarter starter(GetParam());
                  const auto descriptors = count("/proc/self/fd");
                  const auto maps = [] {
                      std::ifstream file("/proc/self/maps");
                      return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
                  };
                  std::ptrdiff_t maps_before = 0;
                  const int starts = GetParam().always_copies ? 200 : 1000;
                  for (int i = 0; i < starts; ++i) {
                      auto child = starter.start(ChildPlan::make(command({"/bin/true"})));
                      if (!child || !std::holds_alternative<Executed>(outcome_of(*child)) ||
                          end_of(*child) != ExitStatus{ExitStatus::Kind::exited, 0, false}) {
                          return "start " + std::to_string(i);
                      }
                      maps_before = i == 10 ? maps() : maps_before;
                  }
                  if (count("/proc/self/fd") > descriptors + 2 ||
                      (maps_tell_leaks && maps() > maps_before + 3)) {
                      return "something is left";
                  }
                  // Nobody is left to wait for, not even a zombie.
                  return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG) == -1 && errno == ECHILD
                             ? ""
                             : "a child is left";
              }),
              "");
}

TEST(ChildProcess, where_clone3_is_refused_clone_is_used_from_then_on) {
    for (const int error : {ENOSYS, EPERM}) {
        EXPECT_EQ(in_own_process([&]() -> std::string {
                      if (!testing::refuse(SYS_clone3, error)) {
                          return "no filter";
                      }
                      ChildStarter starter;
                      auto child = starter.start(ChildPlan::make(shell("exit 3")));
                      if (!child) {
                          return child.error().text();
                      }
                      (void)outcome_of(*child);
                      return !starter.uses_clone3() && end_of(*child).number == 3 ? "" : "no";
                  }),
                  "");
    }
}

TEST(ChildProcess, without_close_range_the_descriptors_are_closed_all_the_same) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  if (!testing::refuse(SYS_close_range, ENOSYS)) {
                      return "no filter";
                  }
                  const int first = ::dup(0);
                  for (int i = 0; i < 300; ++i) {
                      (void)::dup(0);
                  }
                  const std::string text =
                      output_of(shell("i=" + std::to_string(first) +
                                      "; while [ $i -lt 330 ]; do"
                                      " [ -e /proc/$$/fd/$i ] && echo $i; i=$((i + 1)); done"));
                  return text;
              }),
              "");
}

TEST(ChildProcess, a_full_descriptor_table_is_told) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  const rlimit low{8, 8};
                  (void)::setrlimit(RLIMIT_NOFILE, &low);
                  while (::dup(0) >= 0) {
                  }
                  auto child = start_child(ChildPlan::make(shell("exit 0")));
                  return child ? "started" : child.error().text();
              }),
              "make a pipe for the start of a process: Too many open files");
}

TEST(ChildProcess, the_pids_limit_is_named) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  if (!testing::refuse(SYS_clone3, EAGAIN)) {
                      return "no filter";
                  }
                  auto child = start_child(ChildPlan::make(shell("exit 0")));
                  return child ? "started" : child.error().text();
              }),
              "start a process (no more processes: pids.max of the cgroup, kernel.pid_max, "
              "kernel.threads-max or the limit nproc): Resource temporarily unavailable");
}

TEST(ChildProcess, two_hundred_that_die_at_once_all_have_their_status) {
    ChildStarter starter;
    std::vector<StartedChild> children;
    for (int i = 0; i < 200; ++i) {
        auto child = starter.start(ChildPlan::make(command({"/bin/sleep", "1000"})));
        ASSERT_TRUE(child) << child.error().text();
        children.push_back(std::move(*child));
    }
    for (StartedChild& child : children) {
        ASSERT_TRUE(child.process.signal(SIGKILL));
    }
    for (StartedChild& child : children) {
        (void)outcome_of(child);
        EXPECT_EQ(end_of(child), (ExitStatus{ExitStatus::Kind::signalled, SIGKILL, false}));
    }
}

/// A FUSE mount whose server never answers stands for a network file system that is gone. In a
/// mount namespace of its own, which ends with the process.
std::string start_on_a_dead_file_system(ChildRequest request, const std::string& mount_point,
                                        const std::string& wanted_step) {
    return in_own_process([&]() -> std::string {
        const UniqueFd server(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
        const std::string options =
            "fd=" + std::to_string(server.get()) + ",rootmode=40000,user_id=0,group_id=0";
        if (!server || ::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("dead", mount_point.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) !=
                0) {
            return "cannot mount";
        }
        ChildStarter starter;
        auto child = starter.start(ChildPlan::make(request));
        if (!child) {
            return child.error().text();
        }
        const bool hangs = testing::wait_until([&] {
            const auto stat = process_stat(child->process.pid());
            return child->read_outcome().has_value() ||
                   (child->current_step() == wanted_step && stat && stat->state != 'R');
        });
        if (!hangs || !child->outcome) {
            return "it is at: " + child->current_step();
        }
        // Others start while it hangs.
        auto other = starter.start(ChildPlan::make(shell("exit 5")));
        (void)outcome_of(*other);
        if (end_of(*other).number != 5) {
            return "another start failed";
        }
        (void)child->process.signal(SIGKILL);
        (void)outcome_of(*child);
        return end_of(*child).number == SIGKILL ? "" : "the wrong end";
    });
}

TEST(ChildProcess, a_dead_file_system_holds_nobody_up) {
    if (!is_root() || ::access("/dev/fuse", R_OK | W_OK) != 0) {
        GTEST_SKIP() << "a file system that hangs needs root and /dev/fuse";
    }
    const testing::TemporaryFolder folder;
    ChildRequest request = shell("exit 0");
    request.directory = folder.path();
    const std::string result = start_on_a_dead_file_system(
        request, folder.path(), "enter directory \"" + folder.path() + '"');
    if (result == "cannot mount") {
        GTEST_SKIP() << "mounting is not permitted here";
    }
    EXPECT_EQ(result, "");
    const std::string program = folder.path() + "/program";
    EXPECT_EQ(
        start_on_a_dead_file_system(command({program}), folder.path(), "run \"" + program + '"'),
        "");
}

/// Does a child that is being set up share this process's memory? Nothing: the kernel does not say.
std::optional<bool> shares_memory(ChildRequest request) {
    ChildStarter starter;
    auto child = starter.start(ChildPlan::make(std::move(request)));
    if (!child || !testing::wait_until([&] {
            const auto stat = process_stat(child->process.pid());
            return stat && stat->state != 'R';
        })) {
        return std::nullopt;
    }
    constexpr int compare_memory = 1;  // KCMP_VM
    const long result = ::syscall(SYS_kcmp, ::getpid(), child->process.pid(), compare_memory, 0, 0);
    (void)child->process.signal(SIGKILL);
    (void)outcome_of(*child);
    (void)end_of(*child);
    return result < 0 ? std::nullopt : std::optional(result == 0);
}

TEST(ChildProcess, memory_is_shared_only_where_that_is_harmless) {
    if (!is_root()) {
        GTEST_SKIP() << "comparing the memory of processes needs root";
    }
    const testing::TemporaryFolder folder;
    const std::string setting = folder.file("suid_dumpable", "1\n");
    EXPECT_EQ(in_own_process([&]() -> std::string {
                  ChildRequest request = shell("exit 0");
                  ChildRequest scored = request;
                  scored.oom_score_adj = 700;
                  ChildRequest dropped = request;
                  dropped.identity = testing::stranger();
                  if (!testing::hang_in(SYS_chdir)) {
                      return "no filter";
                  }
                  const auto usual = shares_memory(request);
                  if (!usual) {
                      return "";  // a kernel without kcmp
                  }
                  std::string result = *usual ? "usual: shared; " : "usual: copied; ";
                  result += *shares_memory(scored) ? "scored: shared; " : "scored: copied; ";
                  // The setting of the machine, seen from a mount namespace of our own.
                  if (::unshare(CLONE_NEWNS) != 0 ||
                      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                      ::mount(setting.c_str(), "/proc/sys/fs/suid_dumpable", nullptr, MS_BIND,
                              nullptr) != 0) {
                      return result == "usual: shared; scored: copied; " ? "" : result;
                  }
                  result += *shares_memory(dropped) ? "dropped: shared; " : "dropped: copied; ";
                  result += *shares_memory(request) ? "usual: shared" : "usual: copied";
                  return result == "usual: shared; scored: copied; dropped: copied; usual: shared"
                             ? ""
                             : result;
              }),
              "");
}

TEST(ChildProcess, the_users_own_limit_of_processes_is_named) {
    if (!is_root()) {
        GTEST_SKIP() << "becoming another user needs root";
    }
    ChildRequest request = command({"/bin/sleep", "1000"});
    request.identity = testing::stranger();
    request.identity->uid = 54400;
    request.limits = {{RLIMIT_NPROC, "nproc", 1, 1}};
    // Older kernels count one process more or less; that the limit is met is what matters.
    std::vector<StartedChild> running;
    std::string sentence;
    while (running.size() < 4 && sentence.empty()) {
        auto child = start_child(ChildPlan::make(request));
        ASSERT_TRUE(child);
        const StartOutcome outcome = outcome_of(*child);
        if (const auto* failed = std::get_if<FailedStart>(&outcome)) {
            sentence = describe(*failed);
            (void)end_of(*child);
        } else {
            running.push_back(std::move(*child));
        }
    }
    for (StartedChild& child : running) {
        EXPECT_TRUE(child.process.signal(SIGKILL));
        (void)end_of(child);
    }
    EXPECT_EQ(sentence,
              "run \"/bin/sleep\": Resource temporarily unavailable (user \"stranger\" already has "
              "as many processes as its limit nproc allows)");
}

TEST(ChildProcess, a_wish_to_die_with_the_parent_is_not_inherited) {
    EXPECT_EQ(in_own_process([]() -> std::string {
                  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
                  // The intermediate parent of the program ends, and the program goes on.
                  UniqueFd ends[2];
                  int numbers[2];
                  if (::pipe2(numbers, O_CLOEXEC) != 0) {
                      return "pipe2";
                  }
                  ends[0].reset(numbers[0]);
                  ends[1].reset(numbers[1]);
                  ChildRequest request = shell("read -r line </dev/null; sleep 0; echo alive");
                  request.output = ends[1].get();
                  const std::string complaint = in_own_process([&]() -> std::string {
                      (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
                      auto child = start_child(ChildPlan::make(request));
                      return child ? "" : child.error().text();
                  });
                  ends[1].reset();
                  char text[16] = {};
                  (void)!::read(ends[0].get(), text, sizeof text - 1);
                  return complaint + text;
              }),
              "alive\n");
}

TEST(ChildProcess, has_no_terminal_and_cannot_get_ours) {
    EXPECT_EQ(output_of(shell("(: </dev/tty) 2>/dev/null && echo has one; exit 0")), "");
}

}  // namespace
}  // namespace respawnd::platform
