// The sentences that tell an operator how a run ended and what comes next.
#pragma once

#include <string>
#include <string_view>

#include "core/duration_words.h"
#include "core/instance_event.h"
#include "core/job_definition.h"
#include "core/run_history.h"

namespace respawnd::core {

/// `; starting again in 0.1 s`, `; policy "on-failure" leaves that alone (…)`, `; giving up: …`.
[[nodiscard]] std::string consequence_words(const JobDefinition& definition,
                                            const AfterEnd& decision);

/// The reason that a failed instance keeps, such as `exited 78, which "fatal" lists`; empty for a
/// restart and a clean end.
[[nodiscard]] std::string give_up_words(std::string_view end, const JobDefinition& definition,
                                        const AfterEnd& decision);

/// `; first stopping the 2 processes that it left behind (pid 4711, sleep 99)`.
[[nodiscard]] std::string left_behind_words(const LeftBehind& rest);

/// `forked itself into the background (pid 4711, my.php); run it in the foreground; …`.
[[nodiscard]] std::string forked_itself_words(const LeftBehind& rest);

}  // namespace respawnd::core
