// Starts a program as a child without ever waiting for it: not for a clone that copies much memory,
// and not for a directory or program on a file system that does not answer.
//
// Three ways, all running child_setup.h:
//   shared memory    clone3 with CLONE_VM on a stack of its own; the ordinary case, 40 to 110 us
//   copy-on-write    for a plan with its own oom_score_adj, which belongs to the memory and would
//                    change the daemon's; with fs.suid_dumpable=1, which would let the job's user
//                    trace memory that it shares with root; and on machines other than x86_64
//   clone            in place of clone3 where that is refused (ENOSYS, EPERM: a container's
//                    filter), once and for good
// A crash of a child that shares memory must not write a core, which on kernels before 5.16 would
// kill everybody who shares it: the daemon sets PR_SET_DUMPABLE to 0 at its start.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "platform/child_plan.h"
#include "platform/child_stack.h"
#include "platform/failed_start.h"
#include "platform/process_handle.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// The program runs. (One that was killed while the kernel looked for it counts as well: its end
/// tells by which signal.)
struct Executed {};
/// The process was ended from outside in the middle of a step.
struct EndedBeforeExec {
    SetupStep step;
};
using StartOutcome = std::variant<Executed, FailedStart, EndedBeforeExec>;

class ChildStarter;

/// A child between clone and the news about its exec. Destroying it neither ends nor waits for the
/// process; plan and stack then stay with the starter until the child has left them.
class [[nodiscard]] StartedChild {
  public:
    StartedChild(StartedChild&&) noexcept = default;
    StartedChild& operator=(StartedChild&& other) noexcept;
    ~StartedChild();

    ProcessHandle process;
    /// For the loop: readable when read_outcome() may have something to say.
    UniqueFd outcome;

    /// What became of the start; nothing while that is open. After an answer `outcome` is closed:
    /// take it out of the loop before.
    [[nodiscard]] std::optional<StartOutcome> read_outcome();

    /// What a child that takes too long is doing: `enter directory "/srv/x"`.
    [[nodiscard]] std::string current_step() const;

  private:
    friend class ChildStarter;
    StartedChild(ChildStarter& starter, ChildPlan plan, ChildStack stack);
    [[nodiscard]] SetupStep step() const;
    /// Reads what is there; true when the child has left plan and stack.
    bool drain();
    void park() noexcept;

    ChildStarter* starter_;
    ChildPlan plan_;
    ChildStack stack_;
    std::optional<StartReport> report_;
    SetupStep marked_ = SetupStep::begin;
};

/// Starts children and keeps what that takes. It must outlive every StartedChild.
class ChildStarter {
  public:
    /// For tests: takes the ways that are otherwise taken where the kernel refuses.
    struct Ways {
        bool without_clone3 = false;
        bool always_copies = false;
    };
    ChildStarter() = default;
    explicit ChildStarter(Ways ways) : ways_(ways) {}
    ChildStarter(const ChildStarter&) = delete;
    ChildStarter& operator=(const ChildStarter&) = delete;

    /// Returns as soon as the process exists. The plan's descriptors may be closed then.
    [[nodiscard]] core::Result<StartedChild> start(ChildPlan&& plan);

    [[nodiscard]] bool uses_clone3() const noexcept { return !ways_.without_clone3; }
    /// Children that somebody lost interest in before their outcome was known.
    [[nodiscard]] std::size_t parked() const noexcept { return parked_.size(); }
    [[nodiscard]] std::size_t kept_stacks() const noexcept { return stacks_.kept(); }

  private:
    friend class StartedChild;
    struct Parked {
        UniqueFd outcome;
        ChildPlan plan;
        ChildStack stack;
    };
    void collect_parked();
    [[nodiscard]] bool must_copy(ChildSetup& setup, const ChildRequest& request);

    Ways ways_;
    ChildStackPool stacks_;
    std::vector<Parked> parked_;
    UniqueFd own_oom_score_adj_;
    UniqueFd suid_dumpable_;
};

/// With the one starter of this process.
[[nodiscard]] core::Result<StartedChild> start_child(ChildPlan&& plan);

}  // namespace respawnd::platform
