#include "platform/failed_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "platform/exec_diagnosis.h"
#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using testing::command;
using testing::failure_of;
using ::testing::HasSubstr;
using testing::in_own_process;
using testing::is_root;
using testing::shell;
using ::testing::StartsWith;
using testing::TemporaryFolder;

std::string in_quotes(const std::string& text) {
    return '"' + text + '"';
}

/// As an ordinary user: as root, rights would not be asked for.
ChildRequest unprivileged(ChildRequest request) {
    if (is_root()) {
        request.identity = testing::stranger();
    }
    return request;
}

std::string user() {
    return is_root() ? "user \"stranger\"" : "the user";
}

class FailedStartTest : public ::testing::Test {
  protected:
    TemporaryFolder folder_;
};

TEST_F(FailedStartTest, a_missing_directory) {
    ChildRequest request = shell("exit 0");
    request.directory = folder_.path() + "/none";
    EXPECT_EQ(failure_of(request),
              "enter directory " + in_quotes(request.directory) + ": No such file or directory");
    request.directory = folder_.path() + "/none/below";
    EXPECT_EQ(failure_of(request), "enter directory " + in_quotes(request.directory) +
                                       ": No such file or directory (" +
                                       in_quotes(folder_.path() + "/none") + " does not exist)");
}

TEST_F(FailedStartTest, a_directory_that_is_a_file) {
    ChildRequest request = shell("exit 0");
    request.directory = folder_.file("file", "x");
    EXPECT_EQ(failure_of(request), "enter directory " + in_quotes(request.directory) +
                                       ": Not a directory (" + in_quotes(request.directory) +
                                       " is not a directory)");
}

TEST_F(FailedStartTest, a_directory_that_only_others_may_enter) {
    const std::string closed = folder_.folder("closed", 0700);
    ChildRequest request = unprivileged(shell("exit 0"));
    request.directory = folder_.folder("closed/inner");
    (void)::chmod(closed.c_str(), is_root() ? 0700 : 0);
    EXPECT_EQ(failure_of(request), "enter directory " + in_quotes(request.directory) +
                                       ": Permission denied (" + user() + " cannot search " +
                                       in_quotes(closed) + ")");
    request.directory = closed;
    EXPECT_EQ(failure_of(request), "enter directory " + in_quotes(closed) +
                                       ": Permission denied (" + user() + " cannot search " +
                                       in_quotes(closed) + ")");
    (void)::chmod(closed.c_str(), 0700);
}

TEST_F(FailedStartTest, a_missing_program) {
    const std::string path = folder_.path() + "/none";
    EXPECT_EQ(failure_of(command({path})),
              "run " + in_quotes(path) + ": No such file or directory");
}

TEST_F(FailedStartTest, a_program_that_is_in_no_folder_of_path) {
    EXPECT_EQ(failure_of(command({"no-such-program"})),
              "run \"no-such-program\": not found in PATH (/usr/bin:/bin)");
    ChildRequest request = command({"no-such-program"});
    request.path = "/usr/bin";
    EXPECT_THAT(failure_of(request), HasSubstr("/usr/bin/no-such-program"));
}

TEST_F(FailedStartTest, the_folder_of_path_that_has_it_is_the_one_that_is_told) {
    const std::string script = folder_.file("tool", "#!/no/such/interpreter\n");
    ChildRequest request = command({"tool"});
    request.path = "/usr/bin:" + folder_.path() + ":/bin";
    EXPECT_EQ(failure_of(request),
              "interpreter \"/no/such/interpreter\" of " + in_quotes(script) + " not found");
    (void)folder_.file("locked", "#!/bin/sh\n", 0644);
    request.command = {"locked"};
    EXPECT_EQ(failure_of(request), "run " + in_quotes(folder_.path() + "/locked") +
                                       ": Permission denied (the file is not executable; chmod "
                                       "+x makes it so)");
}

TEST_F(FailedStartTest, a_later_folder_of_path_counts_as_execvp_has_it) {
    (void)folder_.file("true", "#!/bin/sh\nexit 1\n", 0644);
    ChildRequest request = command({"true"});
    request.path = folder_.path() + ":/usr/bin:/bin";
    EXPECT_EQ(failure_of(request), "(no failure) exited 0");
}

TEST_F(FailedStartTest, a_program_with_a_slash_is_relative_to_the_directory) {
    (void)folder_.file("tool", "#!/bin/sh\nexit 9\n");
    ChildRequest request = command({"./tool"});
    request.directory = folder_.path();
    EXPECT_EQ(failure_of(request), "(no failure) exited 9");
}

TEST_F(FailedStartTest, a_missing_interpreter) {
    const std::string script = folder_.file("worker.sh", "#! \t/usr/bin/foo -x\n");
    EXPECT_EQ(failure_of(command({script})),
              "interpreter \"/usr/bin/foo\" of " + in_quotes(script) + " not found");
}

TEST_F(FailedStartTest, a_script_with_dos_line_ends) {
    const std::string script = folder_.file("worker.sh", "#!/bin/sh\r\nexit 0\r\n");
    EXPECT_EQ(failure_of(command({script})),
              "interpreter \"/bin/sh\" of " + in_quotes(script) +
                  " not found: the \"#!\" line ends in a carriage return (CRLF); save the file "
                  "with Unix line ends");
}

TEST_F(FailedStartTest, an_interpreter_that_cannot_be_run) {
    const std::string interpreter = folder_.file("interpreter", "no program", 0644);
    const std::string script = folder_.file("worker.sh", "#!" + interpreter + "\n");
    EXPECT_EQ(failure_of(command({script})), "run " + in_quotes(script) +
                                                 ": Permission denied (its interpreter " +
                                                 in_quotes(interpreter) + " cannot be executed)");
    (void)::chmod(interpreter.c_str(), 0755);
    EXPECT_EQ(failure_of(command({script})), "run " + in_quotes(script) +
                                                 ": Exec format error (its interpreter " +
                                                 in_quotes(interpreter) + " is no program)");
}

TEST_F(FailedStartTest, hostile_bytes_of_a_script_are_not_shown_as_they_are) {
    const std::string script = folder_.file("x", "#!/\x1b[2J\x07zz\n");
    EXPECT_EQ(failure_of(command({script})),
              "interpreter \"/?[2J?zz\" of " + in_quotes(script) + " not found");
}

TEST_F(FailedStartTest, a_program_that_is_a_directory) {
    EXPECT_EQ(failure_of(command({folder_.path()})),
              "run " + in_quotes(folder_.path()) + ": it is a directory");
}

TEST_F(FailedStartTest, a_program_that_is_a_fifo) {
    const std::string path = folder_.path() + "/fifo";
    ASSERT_EQ(::mkfifo(path.c_str(), 0777), 0);
    EXPECT_EQ(failure_of(command({path})), "run " + in_quotes(path) + ": it is not a regular file");
}

TEST_F(FailedStartTest, a_program_without_the_right_to_execute) {
    const std::string path = folder_.file("x", "#!/bin/sh\n", 0644);
    EXPECT_EQ(failure_of(command({path})),
              "run " + in_quotes(path) +
                  ": Permission denied (the file is not executable; chmod +x makes it so)");
    if (is_root()) {
        (void)::chmod(path.c_str(), 0700);
        EXPECT_EQ(failure_of(unprivileged(command({path}))),
                  "run " + in_quotes(path) +
                      ": Permission denied (user \"stranger\" may not execute it)");
    }
}

TEST_F(FailedStartTest, a_program_below_a_folder_that_the_user_cannot_search) {
    const std::string closed = folder_.folder("closed", 0700);
    const std::string path = folder_.file("closed/x", "#!/bin/sh\n");
    (void)::chmod(closed.c_str(), is_root() ? 0700 : 0);
    EXPECT_EQ(failure_of(unprivileged(command({path}))),
              "run " + in_quotes(path) + ": Permission denied (" + user() + " cannot search " +
                  in_quotes(closed) + ")");
    (void)::chmod(closed.c_str(), 0700);
}

TEST_F(FailedStartTest, a_program_below_a_file) {
    const std::string file = folder_.file("file", "x");
    EXPECT_EQ(failure_of(command({file + "/x"})), "run " + in_quotes(file + "/x") +
                                                      ": Not a directory (" + in_quotes(file) +
                                                      " is not a directory)");
}

TEST_F(FailedStartTest, files_that_are_no_program_are_never_given_to_a_shell) {
    const std::string empty = folder_.file("empty", "");
    EXPECT_EQ(failure_of(command({empty})), "run " + in_quotes(empty) + ": the file is empty");
    const std::string text = folder_.file("text", "exit 0\n");
    EXPECT_EQ(failure_of(command({text})),
              "run " + in_quotes(text) +
                  ": it has no \"#!\" line and no program format the kernel knows");
    const std::string blank = folder_.file("blank", "#! \nexit 0\n");
    EXPECT_EQ(failure_of(command({blank})),
              "run " + in_quotes(blank) + ": its \"#!\" line names no interpreter");
}

std::string program_bytes() {
    std::ifstream file("/bin/true", std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

TEST_F(FailedStartTest, broken_and_foreign_programs) {
    const std::string whole = program_bytes();
    const std::string cut = folder_.file("cut", whole.substr(0, 40));
    EXPECT_EQ(failure_of(command({cut})),
              "run " + in_quotes(cut) + ": it is a broken or truncated program");
    std::string foreign = whole;
    foreign[18] = '\x15';  // e_machine: PowerPC 64
    const std::string path = folder_.file("foreign", foreign);
    EXPECT_EQ(failure_of(command({path})),
              "run " + in_quotes(path) + ": it is a program for another kind of processor");
}

TEST_F(FailedStartTest, a_missing_dynamic_loader) {
    std::string bytes = program_bytes();
    const std::size_t at = bytes.find("/ld-linux");
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, 9, "/no-linux");
    const std::string path = folder_.file("odd", bytes);
    EXPECT_THAT(failure_of(command({path})), StartsWith("dynamic loader \"/lib"));
    EXPECT_THAT(failure_of(command({path})), HasSubstr(" of " + in_quotes(path) + " not found"));
}

TEST_F(FailedStartTest, a_loop_of_links_and_of_scripts) {
    const std::string loop = folder_.path() + "/loop";
    ASSERT_EQ(::symlink("loop", loop.c_str()), 0);
    const std::string reason =
        ": Too many levels of symbolic links (too many symbolic links, or scripts that name each "
        "other in \"#!\")";
    EXPECT_EQ(failure_of(command({loop})), "run " + in_quotes(loop) + reason);
    const std::string self = folder_.path() + "/self";
    (void)folder_.file("self", "#!" + self + "\n");
    EXPECT_EQ(failure_of(command({self})), "run " + in_quotes(self) + reason);
}

TEST_F(FailedStartTest, a_name_that_is_too_long) {
    const std::string path = "/" + std::string(300, 'x');
    EXPECT_EQ(failure_of(command({path})), "run " + in_quotes(path) + ": File name too long");
}

TEST_F(FailedStartTest, a_command_that_is_too_big) {
    EXPECT_EQ(failure_of(command({"/bin/true", std::string(200'000, 'x')})),
              "run \"/bin/true\": Argument list too long (a single word or variable has 200000 "
              "bytes, the kernel takes 131071)");
    std::vector<std::string> words{"/bin/true"};
    words.resize(101, std::string(100'000, 'x'));
    EXPECT_EQ(failure_of(command(words)),
              "run \"/bin/true\": Argument list too long (command and environment have 10000945 "
              "bytes together, the kernel takes a quarter of the stack limit)");
}

TEST_F(FailedStartTest, a_program_that_is_being_written) {
    const std::string path = folder_.file("busy", program_bytes());
    const std::ofstream writer(path, std::ios::app);
    EXPECT_EQ(
        failure_of(command({path})),
        "run " + in_quotes(path) + ": Text file busy (somebody has the file open for writing)");
}

TEST_F(FailedStartTest, the_limit_of_processes_of_the_user) {
    EXPECT_EQ(in_own_process([] {
                  return testing::refuse(SYS_execve, EAGAIN)
                             ? failure_of(unprivileged(shell("exit 0")))
                             : "no filter";
              }),
              "run \"/bin/sh\": Resource temporarily unavailable (" + user() +
                  " already has as many processes as its limit nproc allows)");
}

TEST(FailedStart, a_report_of_nonsense_is_survived) {
    const ChildPlan plan = ChildPlan::make(command({"/bin/true"}));
    StartReport report;
    std::memset(&report, 0xff, sizeof report);
    const FailedStart failed = failed_start(report, plan);
    EXPECT_EQ(failed.step, SetupStep::begin);
    EXPECT_EQ(failed.finding, Finding::none);
    EXPECT_THAT(describe(failed), StartsWith("set up the process: "));
    for (std::uint32_t step = 0; step < 30; ++step) {
        for (std::uint32_t finding = 0; finding < 30; ++finding) {
            report.step = step;
            report.finding = finding;
            report.index = step * 3;
            EXPECT_NE(describe(failed_start(report, plan)), "");
        }
    }
}

}  // namespace
}  // namespace respawnd::platform
