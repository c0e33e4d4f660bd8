#include "config/job_rules.h"

#include <algorithm>
#include <optional>
#include <string>

#include "config/duration_text.h"
#include "config/log_values.h"
#include "config/printable_text.h"
#include "config/size_text.h"
#include "core/log_name.h"
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

/// A cap that does not even hold the file that is being written could not be kept.
void check_log_sizes(const JobDraft& draft, Complaints& complaints) {
    const auto& log = draft.definition.log;
    const auto place =
        either(draft.place_of("log", "max_total"), draft.place_of("log", "max_size"));
    if (!place || log.max_total >= log.max_size) {
        return;
    }
    const std::string max_size =
        log.max_size == core::unlimited_size ? "infinity" : size_text(log.max_size);
    complaints.add(*place, "\"log.max_total\" (" + size_text(log.max_total) +
                               ") is less than \"log.max_size\" (" + max_size + ")");
}

/// By its path, or by the name of the job where no path is set.
void check_own_log_name(const JobDraft& draft, Complaints& complaints) {
    const auto& job = draft.definition;
    if (job.log.target != core::LogTarget::file ||
        core::log_name(job, {job.name, job.first_instance}, false) != own_log_name) {
        return;
    }
    const auto place = either(draft.place_of("log", "path"), draft.place_of("log", "target"));
    complaints.add(
        place.value_or(Position{}),
        "the log would be " + in_quotes(own_log_name) + ", the file of the daemon's own messages",
        "write another name below [log], such as path = \"%n.out.log\"");
}

}  // namespace

void check_job_rules(const JobDraft& draft, Complaints& complaints) {
    check_backoff(draft, complaints);
    check_ends(draft, complaints);
    check_log_sizes(draft, complaints);
    check_own_log_name(draft, complaints);
}

}  // namespace respawnd::config
