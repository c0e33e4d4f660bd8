#include "core/run_history.h"

#include <algorithm>
#include <limits>

#include "core/backoff.h"

namespace respawnd::core {
namespace {

bool lists(const std::vector<EndMatch>& matches, const ExitStatus& status) {
    return std::ranges::any_of(matches, [&](const EndMatch& match) {
        const bool same_kind = match.kind == EndMatch::Kind::exit_code
                                   ? status.kind == ExitStatus::Kind::exited
                                   : status.kind == ExitStatus::Kind::signalled;
        return same_kind && match.number == status.number;
    });
}

void count_up(std::uint32_t& counter) {
    if (counter != std::numeric_limits<std::uint32_t>::max()) {
        ++counter;
    }
}

/// True when one more restart would be the one after `limit` within `window`.
bool limit_is_reached(const RestartSettings& settings, RunHistory& history, Instant now) {
    if (settings.limit == 0) {
        return false;
    }
    std::erase_if(history.failure_restarts,
                  [&](Instant at) { return after(at, settings.window) <= now; });
    return history.failure_restarts.size() >= settings.limit;
}

Duration wait_before_restart(const RestartSettings& settings, RunHistory& history,
                             const RunEnd& end, bool clean, double random) {
    if (end.status && end.ran_for >= settings.reset_after) {
        history.unstable_runs = 0;
        return settings.delay;
    }
    count_up(history.unstable_runs);
    return backoff_wait(settings, history.unstable_runs, clean, random);
}

}  // namespace

bool is_clean(const RestartSettings& settings, const ExitStatus& status) {
    return lists(settings.success, status);
}

AfterEnd decide_after_end(const RestartSettings& settings, RunHistory& history, const RunEnd& end,
                          Instant now, double random) {
    const bool clean = end.status && is_clean(settings, *end.status);
    if (end.status && !clean && lists(settings.fatal, *end.status)) {
        return {AfterEnd::Kind::give_up_fatal};
    }
    const bool wanted_again = end.lack_of_resources || settings.policy == RestartPolicy::always ||
                              (settings.policy == RestartPolicy::on_failure && !clean);
    if (!wanted_again) {
        return {clean ? AfterEnd::Kind::finish : AfterEnd::Kind::leave_failed};
    }
    const bool failed = !clean && !end.lack_of_resources;
    if (failed && limit_is_reached(settings, history, now)) {
        return {AfterEnd::Kind::give_up_limit};
    }
    const Duration wait = wait_before_restart(settings, history, end, clean, random);
    return {AfterEnd::Kind::restart, wait, failed && settings.limit != 0};
}

void note_restart(RunHistory& history, bool counts, Instant now) {
    count_up(history.restarts);
    if (counts) {
        history.failure_restarts.push_back(now);
    }
}

}  // namespace respawnd::core
