#include "config/job_rules.h"

#include <algorithm>
#include <optional>
#include <string>

#include "config/duration_text.h"
#include "core/signal_name.h"

namespace respawnd::config {
namespace {

std::optional<Position> either(std::optional<Position> first, std::optional<Position> second) {
    return first ? first : second;
}

void check_backoff(const JobDraft& draft, Complaints& complaints) {
    const auto& restart = draft.definition.restart;
    const auto place =
        either(draft.place_of("restart", "max_backoff"), draft.place_of("restart", "backoff"));
    if (!place || restart.max_backoff >= restart.backoff) {
        return;
    }
    complaints.add(*place, "\"restart.max_backoff\" (" + duration_text(restart.max_backoff) +
                               ") is less than \"restart.backoff\" (" +
                               duration_text(restart.backoff) + ")");
}

void check_ends(const JobDraft& draft, Complaints& complaints) {
    const auto& restart = draft.definition.restart;
    const auto place =
        either(draft.place_of("restart", "fatal"), draft.place_of("restart", "success"));
    if (!place) {
        return;
    }
    for (const core::EndMatch& end : restart.fatal) {
        if (std::ranges::find(restart.success, end) == restart.success.end()) {
            continue;
        }
        const std::string words = end.kind == core::EndMatch::Kind::signal
                                      ? core::signal_name(end.number)
                                      : "exit code " + std::to_string(end.number);
        complaints.add(*place, words + " stands in both \"restart.success\" and \"restart.fatal\"");
    }
}

}  // namespace

void check_job_rules(const JobDraft& draft, Complaints& complaints) {
    check_backoff(draft, complaints);
    check_ends(draft, complaints);
}

}  // namespace respawnd::config
