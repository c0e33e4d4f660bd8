#include "run/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <grp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "core/duration_words.h"
#include "core/end_words.h"
#include "core/run_history.h"
#include "platform/monotonic_clock.h"
#include "platform/random_source.h"
#include "platform/unique_fd.h"
#include "platform/user_lookup.h"
#include "run/caller.h"
#include "run/terminal.h"

namespace respawnd::run {
namespace {

using core::Duration;
using core::ExitStatus;
using core::Instant;

constexpr int not_found = 127;
constexpr int not_runnable = 126;
constexpr int failed = 125;
constexpr int signalled = 128;

int code_of(const ExitStatus& status) {
    return status.kind == ExitStatus::Kind::exited ? status.number : signalled + status.number;
}

ExitStatus status_of(int wait_status) {
    if (WIFEXITED(wait_status)) {
        return {ExitStatus::Kind::exited, WEXITSTATUS(wait_status)};
    }
    return {ExitStatus::Kind::signalled, WTERMSIG(wait_status)};
}

bool suspends(int signal) {
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/// Ended by Ctrl-C or Ctrl-\\, or as a program that catches them says it did.
bool is_interrupted(const ExitStatus& status) {
    return code_of(status) == signalled + SIGINT || code_of(status) == signalled + SIGQUIT;
}

/// After these the command is not to come back.
bool ends_restarts(int signal) {
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

class Command {
  public:
    Command(const RunOptions& options, Caller caller)
        : options_(options), caller_(std::move(caller)), terminal_(Terminal::ours()) {}

    int run();

  private:
    [[nodiscard]] bool start();
    [[noreturn]] void become_command(int failure);
    [[nodiscard]] bool become_user() const;
    void wait();
    void take_signals();
    void forward(int signal);
    void reap();
    void suspend();
    void go_on();
    void main_ended(const ExitStatus& status);
    void end_rest();
    void deadlines_reached();
    void say(const std::string& text) const;
    void fail(const std::string& what, int number);
    [[nodiscard]] Instant next_deadline() const;

    const RunOptions& options_;
    Caller caller_;
    Terminal terminal_;
    std::optional<platform::Identity> identity_;
    platform::RandomSource random_;
    core::RunHistory history_;

    pid_t child_ = 0;  ///< the command, which leads a group of its own; 0: it does not run
    pid_t rest_ = 0;   ///< the group of a command that has ended, while somebody is left of it
    bool has_run_ = false;
    Instant since_{};
    Instant kill_at_ = core::no_deadline;
    Instant start_at_ = core::no_deadline;
    bool is_to_end_ = false;
    std::optional<int> code_;  ///< what to exit with
};

void Command::say(const std::string& text) const {
    if (options_.tells) {
        (void)std::fprintf(stderr, "respawnd: %s: %s\n", options_.definition.name.c_str(),
                           text.c_str());
    }
}

void Command::fail(const std::string& what, int number) {
    (void)std::fprintf(stderr, "respawnd: %s: %s: %s\n", options_.definition.name.c_str(),
                       what.c_str(), std::strerror(number));
}

int Command::run() {
    if (options_.definition.program.user) {
        auto identity = platform::find_identity({.user = options_.definition.program.user});
        if (!identity) {
            (void)std::fprintf(stderr, "respawnd: %s\n", identity.error().text().c_str());
            return failed;
        }
        identity_ = std::move(*identity);
    }
    if (!start()) {
        return code_.value_or(failed);
    }
    while (!code_ || rest_ != 0) {
        wait();
        take_signals();
        deadlines_reached();
    }
    terminal_.give_to(getpgrp());
    return *code_;
}

// ---- the command --------------------------------------------------------------------------------

bool Command::become_user() const {
    const platform::Identity& user = *identity_;
    if (setgroups(user.groups.size(), user.groups.data()) != 0 ||
        setresgid(user.gid, user.gid, user.gid) != 0 ||
        setresuid(user.uid, user.uid, user.uid) != 0) {
        return false;
    }
    for (const auto& [name, value] :
         {std::pair("HOME", &user.home), std::pair("USER", &user.user_name),
          std::pair("LOGNAME", &user.user_name), std::pair("SHELL", &user.shell)}) {
        (void)setenv(name, value->c_str(), 1);
    }
    return true;
}

/// In the child. What fails is written into `failure`: a letter for the step, and errno.
void Command::become_command(int failure) {
    const auto tell = [&](char step) {
        const int number = errno;
        std::array<char, 1 + sizeof number> report{step};
        std::memcpy(report.data() + 1, &number, sizeof number);
        (void)!write(failure, report.data(), report.size());
        _exit(failed);
    };
    (void)setpgid(0, 0);
    terminal_.give_to(getpid());  // also here: whoever comes first
    if (identity_ && !become_user()) {
        tell('u');
    }
    if (options_.directory && chdir(options_.directory->c_str()) != 0) {
        tell('d');
    }
    for (const std::string& variable : options_.environment) {
        (void)putenv(const_cast<char*>(variable.c_str()));
    }
    std::vector<char*> words;
    words.reserve(options_.command.size() + 1);
    for (const std::string& word : options_.command) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    caller_.give_back();
    (void)execvp(words.front(), words.data());
    tell('x');
    std::abort();
}

/// False when it could not be run: then there is a code to exit with, unless it had run before.
bool Command::start() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail("make a pipe", errno);
        code_ = failed;
        return false;
    }
    const platform::UniqueFd read_end(ends[0]);
    platform::UniqueFd write_end(ends[1]);
    const pid_t child = fork();
    if (child == 0) {
        become_command(write_end.get());
    }
    if (child < 0) {
        fail("fork", errno);
        code_ = failed;
        return false;
    }
    write_end.reset();
    (void)setpgid(child, child);
    terminal_.give_to(child);
    std::array<char, 1 + sizeof(int)> report{};
    ssize_t size = 0;
    do {
        size = read(read_end.get(), report.data(), report.size());
    } while (size < 0 && errno == EINTR);
    since_ = platform::monotonic_now();
    if (size <= 0) {
        child_ = child;
        has_run_ = true;
        say("running, pid " + std::to_string(child));
        return true;
    }
    (void)waitpid(child, nullptr, 0);
    int number = 0;
    std::memcpy(&number, report.data() + 1, sizeof number);
    switch (report[0]) {
        case 'u':
            fail("become user \"" + *options_.definition.program.user + "\"", number);
            code_ = failed;
            break;
        case 'd':
            fail("enter directory \"" + *options_.directory + "\"", number);
            code_ = failed;
            break;
        default:
            fail("run \"" + options_.command.front() + "\"", number);
            code_ = number == ENOENT || number == ENOTDIR ? not_found : not_runnable;
            break;
    }
    return false;
}

void Command::main_ended(const ExitStatus& status) {
    const Instant now = platform::monotonic_now();
    rest_ = child_;
    child_ = 0;
    kill_at_ = core::no_deadline;
    end_rest();
    // Between two runs Ctrl-C is for us. One that has ended the command went to its group alone,
    // and whoever pressed it does not want the next run.
    terminal_.give_to(getpgrp());
    is_to_end_ = is_to_end_ || (terminal_ && is_interrupted(status));
    const auto ended = core::words(status) + " after " + core::in_words(now - since_);
    if (is_to_end_) {
        say(ended);
        code_ = code_of(status);
        return;
    }
    const core::AfterEnd decision =
        core::decide_after_end(options_.definition.restart, history_,
                               {.status = status, .ran_for = now - since_}, now, random_.share());
    const bool restarts = decision.kind == core::AfterEnd::Kind::restart;
    say(ended + (restarts ? core::consequence_words(options_.definition, decision)
                          : "; ending with its status"));
    if (!restarts) {
        code_ = code_of(status);
        return;
    }
    core::note_restart(history_, decision.counts, now);
    start_at_ = core::after(now, decision.wait);
}

/// What is left of the group gets SIGTERM, and before another command of it starts, or we end, as
/// long as a stop may take.
void Command::end_rest() {
    if (rest_ == 0) {
        return;
    }
    const int signal = kill_at_ == core::no_deadline ? SIGTERM : 0;
    if (kill(-rest_, signal) != 0) {
        rest_ = 0;  // nobody is left
        kill_at_ = core::no_deadline;
    } else if (signal != 0) {
        (void)kill(-rest_, SIGCONT);
        kill_at_ = core::after(platform::monotonic_now(), options_.definition.stop.timeout);
    }
}

// ---- signals --------------------------------------------------------------------------------

Instant Command::next_deadline() const {
    return std::min(kill_at_, rest_ == 0 ? start_at_ : core::no_deadline);
}

void Command::wait() {
    pollfd ready{caller_.signals(), POLLIN, 0};
    const Instant until = next_deadline();
    timespec left{};
    if (until != core::no_deadline) {
        const auto wait = std::max(Duration{0}, until - platform::monotonic_now());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
        left.tv_sec = seconds.count();
        left.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(wait - seconds).count();
    }
    (void)ppoll(&ready, 1, until == core::no_deadline ? nullptr : &left, nullptr);
}

void Command::take_signals() {
    signalfd_siginfo info{};
    while (read(caller_.signals(), &info, sizeof info) == sizeof info) {
        const auto number = static_cast<int>(info.ssi_signo);
        if (number == SIGCHLD) {
            reap();
        } else {
            forward(number);
        }
    }
}

void Command::forward(int signal) {
    if (signal == SIGCONT) {
        go_on();
        return;
    }
    const core::StopSettings& stop = options_.definition.stop;
    int sent = signal == SIGTERM ? stop.signal : signal;
    if (const auto found = options_.mapped.find(signal); found != options_.mapped.end()) {
        sent = found->second;
    }
    if (ends_restarts(signal)) {
        is_to_end_ = true;
        start_at_ = core::no_deadline;
        if (child_ == 0 && !code_) {
            // Between two runs: there is nobody to ask.
            code_ = history_.last_exit ? code_of(*history_.last_exit) : signalled + signal;
        }
    }
    if (child_ == 0) {
        return;
    }
    (void)kill(options_.to_child_alone ? child_ : -child_, sent);
    if (signal == SIGTERM && kill_at_ == core::no_deadline && stop.timeout != core::infinite) {
        kill_at_ = core::after(platform::monotonic_now(), stop.timeout);
    }
    if (suspends(signal)) {
        suspend();
    }
}

/// The command is stopped, or is about to be: so are we, and whoever waits for us, a shell mostly,
/// sees a job that is stopped.
void Command::suspend() {
    if (getpid() == 1) {
        return;  // the kernel would not do it, and nobody could wake us
    }
    (void)raise(SIGSTOP);
    go_on();
}

void Command::go_on() {
    if (child_ == 0) {
        return;
    }
    if (terminal_.is_back()) {
        terminal_.give_to(child_);
    }
    (void)kill(-child_, SIGCONT);
}

void Command::reap() {
    for (;;) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
        if (pid <= 0) {
            break;
        }
        if (pid == child_ && WIFSTOPPED(status)) {
            suspend();
        } else if (pid == child_) {
            history_.last_exit = status_of(status);
            main_ended(status_of(status));
        }
    }
    end_rest();
}

void Command::deadlines_reached() {
    const Instant now = platform::monotonic_now();
    if (now >= kill_at_) {
        kill_at_ = core::no_deadline;
        if (child_ != 0) {
            say("did not end within " + core::in_words(options_.definition.stop.timeout) +
                "; sending SIGKILL");
            (void)kill(-child_, SIGKILL);
        } else if (rest_ != 0) {
            (void)kill(-rest_, SIGKILL);
            rest_ = 0;
        }
    }
    if (rest_ == 0 && now >= start_at_) {
        start_at_ = core::no_deadline;
        if (!start()) {
            say("giving up");
        }
    }
}

}  // namespace

int run_command(const RunOptions& options) {
    auto caller = Caller::take_over();
    if (!caller) {
        (void)std::fprintf(stderr, "respawnd: %s\n", caller.error().text().c_str());
        return failed;
    }
    return Command(options, std::move(*caller)).run();
}

}  // namespace respawnd::run
