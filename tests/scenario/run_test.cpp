// respawnd run: one command with no file, as a supervisor, on a terminal, and as PID 1.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "platform/unique_fd.h"
#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

using platform::UniqueFd;
using testing::HasSubstr;

constexpr const char* program = RESPAWND_BINARY_DIR "/src/respawnd";

/// `respawnd run` as a child, its outputs in a pipe.
class RunUnderTest {
  public:
    explicit RunUnderTest(std::vector<std::string> arguments,
                          std::function<void()> before_exec = {}, int clone_flags = 0) {
        arguments.insert(arguments.begin(), {program, "run"});
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
        output_.reset(ends[0]);
        const UniqueFd write_end(ends[1]);
        if (clone_flags != 0) {
            EXPECT_EQ(unshare(clone_flags), 0);
        }
        pid_ = fork();
        if (pid_ == 0) {
            (void)dup2(write_end.get(), STDOUT_FILENO);
            (void)dup2(write_end.get(), STDERR_FILENO);
            if (before_exec) {
                before_exec();
            }
            std::vector<char*> words;
            for (std::string& word : arguments) {
                words.push_back(word.data());
            }
            words.push_back(nullptr);
            (void)execv(program, words.data());
            _exit(99);
        }
    }
    RunUnderTest(const RunUnderTest&) = delete;
    RunUnderTest& operator=(const RunUnderTest&) = delete;
    ~RunUnderTest() {
        if (pid_ > 0) {
            (void)kill(pid_, SIGKILL);
            (void)waitpid(pid_, nullptr, 0);
        }
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const { (void)kill(pid_, number); }
    /// Reads until the output contains the text.
    [[nodiscard]] bool says(const std::string& text) {
        while (text_.find(text) == std::string::npos) {
            std::array<char, 4096> buffer{};
            const ssize_t size = read(output_.get(), buffer.data(), buffer.size());
            if (size <= 0) {
                return false;
            }
            text_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return true;
    }
    /// The exit code, 128 + N for a signal.
    [[nodiscard]] int end() {
        int status = 0;
        EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
        pid_ = -1;
        (void)says("\x01 no program writes this");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    UniqueFd output_;
    pid_t pid_ = -1;
    std::string text_;
};

std::vector<std::string> shell(const std::string& text, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--", "/bin/sh", "-c", text});
    return options;
}

// ---- status and restarts
// -------------------------------------------------------------------------

TEST(RunCommand, returns_the_status_of_the_command_and_says_nothing_itself) {
    for (const auto& [text, code] : {std::pair("exit 0", 0), std::pair("exit 3", 3),
                                     std::pair("kill -9 $$", 137), std::pair("kill $$", 143)}) {
        RunUnderTest run(shell(text, {"--restart", "never"}));
        EXPECT_EQ(run.end(), code) << text;
        EXPECT_EQ(run.text(), "");
    }
}

TEST(RunCommand, returns_127_and_126_when_it_cannot_be_run_and_says_why) {
    RunUnderTest missing({"--", "/does/not/exist"});
    EXPECT_EQ(missing.end(), 127);
    EXPECT_EQ(missing.text(),
              "respawnd: exist: run \"/does/not/exist\": No such file or directory\n");
    RunUnderTest file({"/etc/passwd"});
    EXPECT_EQ(file.end(), 126);
    RunUnderTest folder({"--directory", "/does/not", "--", "true"});
    EXPECT_EQ(folder.end(), 125);
    EXPECT_THAT(folder.text(), HasSubstr("enter directory \"/does/not\": No such file"));
}

TEST(RunCommand, starts_a_failed_command_again_until_it_ends_well) {
    TemporaryFolder folder;
    RunUnderTest run(shell("echo x >> " + folder.path() + "/runs; [ $(wc -l < " + folder.path() +
                               "/runs) -ge 4 ] || exit 1; echo done",
                           {"--backoff", "1ms"}));
    EXPECT_EQ(run.end(), 0);
    EXPECT_EQ(run.text(), "done\n");
    EXPECT_EQ(read_file(folder.path() + "/runs"), "x\nx\nx\nx\n");
}

TEST(RunCommand, gives_up_after_limit_and_tells_if_it_is_asked_to) {
    RunUnderTest run(
        shell("exit 4", {"--limit", "2", "--backoff=1ms", "--debug", "--name", "worker"}));
    EXPECT_EQ(run.end(), 4);
    EXPECT_THAT(run.text(), HasSubstr("respawnd: worker: running, pid "));
    EXPECT_THAT(run.text(), HasSubstr("starting again in "));
    EXPECT_THAT(run.text(), HasSubstr("; ending with its status\n"));
}

TEST(RunCommand, refuses_what_it_does_not_understand) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"--restart", "sometimes", "--", "true"},
                                                      {"--backoff", "5", "--", "true"},
                                                      {"--map", "TERM", "--", "true"},
                                                      {"--stop-signal", "SIGFOO", "--", "true"},
                                                      {"--env", "X", "--", "true"},
                                                      {"--success", "300", "--", "true"},
                                                      {"--no-such-option", "--", "true"}}) {
        RunUnderTest run(arguments);
        EXPECT_EQ(run.end(), 2) << testing::PrintToString(arguments);
        EXPECT_NE(run.text(), "");
    }
}

// ---- signals -------------------------------------------------------------------------------

TEST(RunCommand, forwards_every_signal_that_can_be_caught) {
    for (int number = 1; number < 65; ++number) {
        const bool cannot = number == SIGKILL || number == SIGSTOP || number == SIGCHLD ||
                            number == SIGCONT || number == SIGTSTP || number == SIGTTIN ||
                            number == SIGTTOU || number == 32 || number == 33;
        if (cannot) {
            continue;
        }
        RunUnderTest run({"--", "/usr/bin/env", "php", "-r",
                          "pcntl_async_signals(true); pcntl_signal(" + std::to_string(number) +
                              ", function ($n) { echo \"got $n\\n\"; exit(7); }); echo \"up\\n\"; "
                              "while (true) { usleep(1000); }",
                          "--"});
        ASSERT_TRUE(run.says("up\n"));
        run.signal(number);
        EXPECT_TRUE(run.says("got " + std::to_string(number) + "\n"));
        run.signal(SIGTERM);
        run.signal(SIGINT);
    }
}

TEST(RunCommand, a_stop_signal_ends_the_restarts) {
    RunUnderTest run(shell("echo up; exec sleep 1000", {"--restart", "always"}));
    ASSERT_TRUE(run.says("up"));
    run.signal(SIGTERM);
    EXPECT_EQ(run.end(), 143);
}

TEST(RunCommand, a_stop_between_two_runs_returns_the_last_status) {
    RunUnderTest run(shell("echo up; exit 5", {"--delay", "1h"}));
    ASSERT_TRUE(run.says("up"));
    // It is between the runs as soon as the first one is a zombie no more.
    ASSERT_TRUE(eventually([&] { return children_of(run.pid()).empty(); }));
    run.signal(SIGTERM);
    EXPECT_EQ(run.end(), 5);
}

TEST(RunCommand, maps_a_signal_and_kills_what_does_not_end) {
    RunUnderTest mapped(
        shell("trap 'echo quit; exit 0' QUIT; echo up; while :; do sleep 0.01; done",
              {"--map", "TERM=QUIT"}));
    ASSERT_TRUE(mapped.says("up"));
    mapped.signal(SIGTERM);
    EXPECT_EQ(mapped.end(), 0);
    EXPECT_THAT(mapped.text(), HasSubstr("quit"));
    RunUnderTest deaf(
        shell("trap '' TERM; echo up; while :; do sleep 0.01; done", {"--stop-timeout", "50ms"}));
    ASSERT_TRUE(deaf.says("up"));
    deaf.signal(SIGTERM);
    EXPECT_EQ(deaf.end(), 137);
}

TEST(RunCommand, forwards_to_the_group_or_to_the_child_alone) {
    TemporaryFolder folder;
    const std::string inner = folder.path() + "/inner";
    for (const bool alone : {false, true}) {
        // In a group the outer one lives until the inner one has had the signal too.
        const std::string waits =
            alone ? "" : "while [ ! -e " + inner + " ]; do sleep 0.01; done; ";
        RunUnderTest run(
            shell("(trap 'echo > " + inner +
                      "; exit' USR1; echo in; while :; do sleep 0.01; done) & trap '" + waits +
                      "echo outer; exit 0' USR1; echo up; while :; do sleep 0.01; done",
                  {"--forward", alone ? "child" : "group"}));
        ASSERT_TRUE(run.says("up") && run.says("in\n"));
        run.signal(SIGUSR1);
        ASSERT_TRUE(run.says("outer"));
        EXPECT_EQ(run.end(), 0);
        EXPECT_EQ(exists(inner), !alone);
        std::filesystem::remove(inner);
    }
}

TEST(RunCommand, ends_what_is_left_of_the_group) {
    RunUnderTest run(shell("sleep 1000 & echo $!; exit 0"));
    EXPECT_EQ(run.end(), 0);
    EXPECT_FALSE(is_alive(std::atoi(run.text().c_str())));
}

// ---- transparent -------------------------------------------------------------------------------

TEST(RunCommand, gives_the_command_what_the_caller_had) {
    TemporaryFolder folder;
    const auto as_caller = [&] {
        (void)chdir(folder.path().c_str());
        (void)umask(027);
        (void)setenv("MARK", "mark", 1);
        const rlimit files{277, 277};
        (void)setrlimit(RLIMIT_NOFILE, &files);
        sigset_t blocked;
        (void)sigemptyset(&blocked);
        (void)sigaddset(&blocked, SIGUSR2);
        (void)sigprocmask(SIG_SETMASK, &blocked, nullptr);
        (void)std::signal(SIGHUP, SIG_IGN);
        (void)std::signal(SIGCHLD, SIG_IGN);
        (void)dup2(STDOUT_FILENO, 9);
    };
    RunUnderTest run(shell("pwd; umask; echo $MARK $MORE; ulimit -n", {"--env", "MORE=more"}),
                     as_caller);
    EXPECT_EQ(run.end(), 0);
    EXPECT_EQ(run.text(), folder.path() + "\n0027\nmark more\n277\n");
    // Without a shell, which sets signals to its own taste.
    RunUnderTest signals({"--", "grep", "-E", "SigBlk|SigIgn", "/proc/self/status"}, as_caller);
    EXPECT_EQ(signals.end(), 0);
    EXPECT_EQ(signals.text(), "SigBlk:\t0000000000000800\nSigIgn:\t0000000000010001\n");
    RunUnderTest descriptors({"--", "ls", "/proc/self/fd"}, as_caller);
    EXPECT_EQ(descriptors.end(), 0);
    EXPECT_THAT(descriptors.text(), HasSubstr("\n9\n"));
}

TEST(RunCommand, starts_with_closed_descriptors_an_empty_environment_and_no_folder) {
    TemporaryFolder folder;
    RunUnderTest run(
        {"--", "/bin/sh", "-c",
         "ls /proc/self/fd > " + folder.path() + "/fds; env > " + folder.path() + "/env"},
        [&] {
            const std::string gone = folder.path() + "/gone";
            (void)mkdir(gone.c_str(), 0755);
            (void)chdir(gone.c_str());
            (void)rmdir(gone.c_str());
            for (int standard = 0; standard < 3; ++standard) {
                (void)close(standard);
            }
            (void)clearenv();
        });
    EXPECT_EQ(run.end(), 0);
    // 1 is the file that the shell opened for it, 0 the folder; 2 is closed as it was.
    EXPECT_THAT(read_file(folder.path() + "/fds"), testing::StartsWith("0\n1\n"));
    EXPECT_THAT(read_file(folder.path() + "/fds"), testing::Not(HasSubstr("\n2\n")));
    EXPECT_THAT(read_file(folder.path() + "/env"), testing::Not(HasSubstr("RESPAWND")));
}

TEST(RunCommand, runs_the_command_as_another_user) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "becoming another user takes root";
    }
    RunUnderTest run({"--user", "nobody", "--", "/bin/sh", "-c", "id -un; echo $HOME $USER"});
    EXPECT_EQ(run.end(), 0);
    EXPECT_EQ(run.text(), "nobody\n/nonexistent nobody\n");
    RunUnderTest unknown({"--user", "no-such-user", "--", "true"});
    EXPECT_EQ(unknown.end(), 125);
    EXPECT_THAT(unknown.text(), HasSubstr("user \"no-such-user\" does not exist"));
}

// ---- a terminal --------------------------------------------------------------------------------

/// An interactive shell on a pseudo terminal, and a person in front of it.
class Person {
  public:
    Person() {
        int master = -1;
        pid_ = forkpty(&master, nullptr, nullptr, nullptr);
        if (pid_ == 0) {
            (void)setenv("PS1", "ready> ", 1);
            (void)setenv("TERM", "dumb", 1);
            (void)execl("/bin/bash", "bash", "--norc", "--noprofile", "--noediting", "-i", nullptr);
            _exit(99);
        }
        terminal_.reset(master);
    }
    Person(const Person&) = delete;
    Person& operator=(const Person&) = delete;
    ~Person() {
        terminal_.reset();
        (void)kill(pid_, SIGKILL);
        (void)waitpid(pid_, nullptr, 0);
    }

    void types(const std::string& text) const {
        EXPECT_EQ(write(terminal_.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }
    /// Waits until the text has come, counted from what was seen before.
    [[nodiscard]] bool sees(const std::string& text) {
        for (;;) {
            if (const std::size_t at = text_.find(text, seen_); at != std::string::npos) {
                seen_ = at + text.size();
                return true;
            }
            std::array<char, 4096> buffer{};
            const ssize_t size = read(terminal_.get(), buffer.data(), buffer.size());
            if (size <= 0) {
                return false;
            }
            text_.append(buffer.data(), static_cast<std::size_t>(size));
        }
    }
    [[nodiscard]] const std::string& text() const { return text_; }
    /// The group that has the terminal.
    [[nodiscard]] pid_t foreground() const { return tcgetpgrp(terminal_.get()); }

  private:
    UniqueFd terminal_;
    pid_t pid_ = -1;
    std::string text_;
    std::size_t seen_ = 0;
};

TEST(RunCommand, belongs_to_the_job_control_of_a_shell) {
    Person person;
    ASSERT_TRUE(person.sees("ready> "));
    person.types(std::string(program) +
                 " run -- sh -c 'echo u\"\"p $$.; read line; echo got $line; exec sleep 1000'\n");
    ASSERT_TRUE(person.sees("\nup ")) << person.text();
    ASSERT_TRUE(person.sees("."));
    const std::string& text = person.text();
    const pid_t command = std::atoi(text.c_str() + text.rfind("up ") + 3);
    const auto has_terminal = [&] {
        return eventually([&] { return person.foreground() == command; });
    };
    ASSERT_TRUE(has_terminal());
    person.types("hello\n");
    ASSERT_TRUE(person.sees("got hello"));
    for (int round = 0; round < 2; ++round) {
        person.types("\x1a");  // Ctrl-Z
        ASSERT_TRUE(person.sees("Stopped")) << text;
        ASSERT_TRUE(person.sees("ready> "));
        person.types("fg\n");
        ASSERT_TRUE(has_terminal());
        ASSERT_TRUE(eventually([&] { return status_field(command, "State").starts_with("S"); }));
    }
    person.types("\x03");  // Ctrl-C
    ASSERT_TRUE(person.sees("ready> "));
    person.types("echo ended $?\n");
    ASSERT_TRUE(person.sees("ended 130")) << text;
}

// ---- PID 1 -------------------------------------------------------------------------------------

class AsInit : public testing::Test {
  protected:
    void SetUp() override {
        if (geteuid() != 0) {
            GTEST_SKIP() << "a PID namespace takes root";
        }
    }
    /// In a child of its own, whose children are in a new namespace.
    static int in_namespace(const std::vector<std::string>& arguments,
                            const std::function<void(RunUnderTest&)>& act, std::string& text) {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
        UniqueFd read_end(ends[0]);
        UniqueFd write_end(ends[1]);
        const pid_t child = fork();
        if (child == 0) {
            // With mounts of its own: what the command mounts is to be seen nowhere else.
            if (unshare(CLONE_NEWNS) != 0 ||
                mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
                _exit(98);
            }
            RunUnderTest run(arguments, {}, CLONE_NEWPID);
            act(run);
            const int code = run.end();
            (void)!write(write_end.get(), run.text().data(), run.text().size());
            _exit(code);
        }
        write_end.reset();
        std::array<char, 4096> buffer{};
        while (true) {
            const ssize_t size = read(read_end.get(), buffer.data(), buffer.size());
            if (size <= 0) {
                break;
            }
            text.append(buffer.data(), static_cast<std::size_t>(size));
        }
        int status = 0;
        (void)waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
};

TEST_F(AsInit, returns_the_status_and_takes_everybody_along) {
    std::string text;
    EXPECT_EQ(in_namespace(
                  shell("setsid sleep 1000 & echo parent $PPID; exit 6", {"--restart", "never"}),
                  [](RunUnderTest&) {}, text),
              6);
    EXPECT_EQ(text, "parent 1\n");
}

TEST_F(AsInit, reaps_orphans) {
    std::string text;
    EXPECT_EQ(in_namespace(
                  shell("i=0; while [ $i -lt 50 ]; do i=$((i + 1)); (sh -c 'exit 1' & ); "
                        "done; mount -t proc proc /proc 2>/dev/null; while :; do "
                        "n=$(grep -c 'State:.*Z' /proc/[0-9]*/status | grep -c ':1$'); "
                        "[ $n = 0 ] && break; done; echo none left",
                        {"--restart", "never"}),
                  [](RunUnderTest&) {}, text),
              0);
    EXPECT_EQ(text, "none left\n");
}

TEST_F(AsInit, forwards_signals_that_the_kernel_keeps_from_an_init) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGSEGV, SIGABRT}) {
        std::string text;
        const std::string name = std::to_string(number);
        EXPECT_EQ(in_namespace(
                      shell("trap 'echo caught; exit 9' " + name +
                                "; echo up; while :; do sleep 0.01; done",
                            {"--restart", "never"}),
                      [&](RunUnderTest& run) {
                          if (run.says("up")) {
                              run.signal(number);
                          }
                      },
                      text),
                  9)
            << number;
        EXPECT_THAT(text, HasSubstr("caught")) << number;
    }
}

}  // namespace
}  // namespace respawnd::tests
