// Why a child did not come to run its program, in words that help.
#pragma once

#include <string>

#include "platform/child_plan.h"
#include "platform/child_setup.h"

namespace respawnd::platform {

struct FailedStart {
    SetupStep step = SetupStep::begin;
    int error = 0;  ///< errno(3)
    Finding finding = Finding::none;
    std::string sentence;  ///< see describe()
};

/// Reads a report as something that a hostile child may have written.
[[nodiscard]] FailedStart failed_start(const StartReport& report, const ChildPlan& plan);

/// One sentence without a full stop, such as
/// enter directory "/srv/x": Permission denied (the user cannot search "/srv")
[[nodiscard]] std::string describe(const FailedStart& failed);

/// What the child does in a step: `enter directory "/srv/x"`. For a start that hangs.
[[nodiscard]] std::string words(SetupStep step, const ChildPlan& plan);

}  // namespace respawnd::platform
