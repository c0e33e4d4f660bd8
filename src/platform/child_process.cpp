#include "platform/child_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "platform/child_clone.h"

namespace respawnd::platform {
namespace {

// A failed start writes one report and two marks at most; a hostile one as many as it likes.
constexpr int most_reports_a_turn = 8;

/// The number in a file of /proc that is kept open in `fd`, because it can change at any time.
std::optional<long> number_in(UniqueFd& fd, const char* path) {
    if (!fd) {
        fd.reset(::open(path, O_RDONLY | O_CLOEXEC));
    }
    char text[32] = {};
    const ssize_t size = fd ? ::pread(fd.get(), text, sizeof text - 1, 0) : -1;
    long number = 0;
    if (size <= 0 || std::from_chars(text, text + size, number).ec != std::errc{}) {
        return std::nullopt;
    }
    return number;
}

core::Error clone_error(int error) {
    if (error == EAGAIN) {
        return {
            "start a process (no more processes: pids.max of the cgroup, kernel.pid_max, "
            "kernel.threads-max or the limit nproc)",
            error};
    }
    return {"start a process", error};
}

}  // namespace

StartedChild::StartedChild(ChildStarter& starter, ChildPlan plan, ChildStack stack)
    : starter_(&starter), plan_(std::move(plan)), stack_(std::move(stack)) {}

StartedChild& StartedChild::operator=(StartedChild&& other) noexcept {
    if (this != &other) {
        park();
        process = std::move(other.process);
        outcome = std::move(other.outcome);
        starter_ = other.starter_;
        plan_ = std::move(other.plan_);
        stack_ = std::move(other.stack_);
        report_ = other.report_;
        marked_ = other.marked_;
    }
    return *this;
}

StartedChild::~StartedChild() {
    park();
}

/// The child may be running in this memory, so it is kept until the pipe ends.
void StartedChild::park() noexcept {
    if (outcome && stack_) {
        starter_->parked_.push_back({std::move(outcome), std::move(plan_), std::move(stack_)});
    }
}

bool StartedChild::drain() {
    for (int i = 0; i < most_reports_a_turn; ++i) {
        StartReport report;
        const ssize_t size = ::read(outcome.get(), &report, sizeof report);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
            return true;
        }
        if (size < 0) {
            return false;
        }
        if (size != static_cast<ssize_t>(sizeof report)) {
            continue;
        }
        if (report.error != 0) {
            report_ = report;
        } else if (report.step < static_cast<std::uint32_t>(SetupStep::count)) {
            marked_ = static_cast<SetupStep>(report.step);
        }
    }
    return false;
}

SetupStep StartedChild::step() const {
    const ChildSetup& setup = plan_.setup();
    return setup.shares_memory ? static_cast<SetupStep>(setup.progress) : marked_;
}

std::optional<StartOutcome> StartedChild::read_outcome() {
    // A report alone is not the end: the child that wrote it still has to leave its stack. The
    // kernel lets go of the memory before it closes descriptors, at exec (begin_new_exec) and at
    // exit (do_exit), so the end of the pipe is the moment from which both can be used again.
    if (!outcome || !drain()) {
        return std::nullopt;
    }
    outcome.reset();
    starter_->stacks_.give_back(std::move(stack_));
    if (report_) {
        return failed_start(*report_, plan_);
    }
    if (step() != SetupStep::exec) {
        return EndedBeforeExec{step()};
    }
    return Executed{};
}

std::string StartedChild::current_step() const {
    return words(step(), plan_);
}

/// Also leaves out the oom_score_adj of a plan that asks for what the daemon has anyway.
bool ChildStarter::must_copy(ChildSetup& setup, const ChildRequest& request) {
    if (request.oom_score_adj) {
        const auto own = number_in(own_oom_score_adj_, "/proc/self/oom_score_adj");
        if (own == *request.oom_score_adj) {
            setup.oom_score_adj = nullptr;
        }
    }
    if (!memory_can_be_shared || ways_.always_copies || setup.oom_score_adj != nullptr) {
        return true;
    }
    return setup.changes_identity && number_in(suid_dumpable_, "/proc/sys/fs/suid_dumpable") == 1;
}

core::Result<StartedChild> ChildStarter::start(ChildPlan&& plan) {
    collect_parked();
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return core::system_error("make a pipe for the start of a process");
    }
    UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    auto stack = stacks_.take();
    if (!stack) {
        return std::unexpected(stack.error());
    }
    StartedChild started(*this, std::move(plan), std::move(*stack));
    ChildSetup& setup = started.plan_.setup();
    setup.report = write_end.get();

    CloneRequest request;
    request.cgroup = started.plan_.request().cgroup;
    request.shares_memory = !must_copy(setup, started.plan_.request());
    request.by_clone3 = uses_clone3();
    Cloned cloned = clone_child(request, started.stack_, setup);
    const bool refused = cloned.pid == -ENOSYS || cloned.pid == -EPERM;
    if (refused && request.by_clone3 && request.cgroup < 0) {
        ways_.without_clone3 = true;
        request.by_clone3 = false;
        cloned = clone_child(request, started.stack_, setup);
    }
    if (cloned.pid < 0) {
        stacks_.give_back(std::move(started.stack_));
        return std::unexpected(clone_error(static_cast<int>(-cloned.pid)));
    }
    started.process = ProcessHandle(static_cast<pid_t>(cloned.pid), UniqueFd(cloned.pidfd));
    started.outcome = std::move(read_end);
    return started;
}

void ChildStarter::collect_parked() {
    std::erase_if(parked_, [this](Parked& parked) {
        StartReport report;
        ssize_t size = 0;
        do {
            size = ::read(parked.outcome.get(), &report, sizeof report);
        } while (size > 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return false;
        }
        stacks_.give_back(std::move(parked.stack));
        return true;
    });
}

core::Result<StartedChild> start_child(ChildPlan&& plan) {
    // Whether clone3 is refused is a fact about the process, and so is its pool of stacks. Never
    // destroyed: children may run on its stacks until the very end.
    static ChildStarter& starter = *new ChildStarter;
    return starter.start(std::move(plan));
}

}  // namespace respawnd::platform
