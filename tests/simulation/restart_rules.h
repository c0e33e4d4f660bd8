// The rules of [restart] as the manual tells them, for the promises that need to know how a run
// ended. Written apart from the core, so that a mistake there is not repeated here.
#pragma once

#include <map>
#include <optional>

#include "simulation/promise.h"

namespace respawnd::simulation {

/// How an attempt to run ended.
struct Ending {
    enum class Kind { clean, failure, lack_of_resources };
    Kind kind = Kind::failure;
    bool is_fatal = false;
    bool has_run = false;
    core::Duration ran_for{0};
    bool forked_itself = false;
};

class RunWatcher {
  public:
    /// The ending that this step sees, if any. To be asked about every step.
    [[nodiscard]] std::optional<Ending> ending(const Observation& step);

  private:
    std::map<core::InstanceName, core::Instant> since_;
};

/// True when what failed before no longer counts: an operator's start, or an edit that concerns
/// the instance.
[[nodiscard]] bool begins_anew(const Observation& step);

[[nodiscard]] bool launches(const Observation& step);

}  // namespace respawnd::simulation
