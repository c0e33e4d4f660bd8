// Everything that a child needs, laid out before the clone, because between clone and exec nothing
// can be allocated. A plan is immutable and may be moved: the addresses inside stay the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job_definition.h"
#include "platform/child_setup.h"
#include "platform/identity.h"

namespace respawnd::platform {

/// What the kernel gives its first process, in nanoseconds (prctl(2), PR_SET_TIMERSLACK).
inline constexpr std::uint64_t usual_timer_slack = 50'000;

/// What is asked for. Descriptors are borrowed until start_child() has returned.
struct ChildRequest {
    std::vector<std::string> command;      ///< never empty
    std::vector<std::string> environment;  ///< NAME=value
    std::string path;                      ///< where a command without a slash is looked for
    std::string directory = "/";
    std::uint32_t umask = 0022;
    std::optional<Identity> identity;  ///< none: the daemon's own, untouched
    std::optional<int> nice;           ///< absolute; none: the daemon's
    /// None: the daemon's. Where it differs from the daemon's own the start is copy-on-write.
    std::optional<int> oom_score_adj;
    std::vector<core::ResourceLimit> limits;
    std::optional<std::vector<int>> capabilities;  ///< none: all that the user has
    bool no_new_privileges = false;
    std::uint64_t timer_slack = usual_timer_slack;  ///< nanoseconds
    int input = -1;                                 ///< becomes standard input; -1: /dev/null
    int output = -1;  ///< becomes standard output and error; -1: /dev/null
    int error = -1;   ///< becomes standard error; -1: as output
    int cgroup = -1;  ///< a cgroup v2 folder that the child is born in; -1: the daemon's
};

class [[nodiscard]] ChildPlan {
  public:
    /// Where request.limits does not name nofile, children get the limit back that
    /// raise_descriptor_limit() found.
    [[nodiscard]] static ChildPlan make(ChildRequest request);

    ChildPlan(ChildPlan&&) noexcept;
    ChildPlan& operator=(ChildPlan&&) noexcept;
    ~ChildPlan();

    [[nodiscard]] const ChildRequest& request() const;
    /// The programs that are tried, in order.
    [[nodiscard]] const std::vector<std::string>& candidates() const;
    /// The limits that are set, in order: StartReport::index counts them.
    [[nodiscard]] const std::vector<core::ResourceLimit>& limits() const;
    /// The child's own view. child_process.cpp fills in what only a start knows.
    [[nodiscard]] ChildSetup& setup();
    [[nodiscard]] const ChildSetup& setup() const;

  private:
    struct Layout;
    explicit ChildPlan(std::unique_ptr<Layout> layout);
    std::unique_ptr<Layout> layout_;
};

}  // namespace respawnd::platform
