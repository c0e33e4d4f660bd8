#include "daemon/orphans.h"

#include <sys/wait.h>

#include <algorithm>

#include "core/job_environment.h"
#include "platform/output_name.h"
#include "platform/process_facts.h"

namespace respawnd::daemon {
namespace {

/// Reaps a child of ours if it has ended. Until it is reaped its pid is nobody else's.
bool has_been_reaped(pid_t pid) {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0 &&
           info.si_pid == pid;
}

/// FIFOs of runs are named by their generation.
core::Generation generation_of_output(const std::string& target) {
    const std::size_t slash = target.rfind('/');
    return slash == std::string::npos
               ? 0
               : platform::output_name_from(std::string_view(target).substr(slash + 1)).generation;
}

}  // namespace

void Orphans::add_run(core::InstanceId id, core::Generation generation, pid_t session) {
    ownership_.add(id, generation, session);
}

void Orphans::remove_run(core::InstanceId id, core::Generation generation) {
    ownership_.remove(id, generation);
}

void Orphans::sweep(std::span<const core::InstanceId> ended_now) {
    pids_ = children_.list();
    ++sweep_;
    std::erase_if(pids_, [&](pid_t pid) { return own_processes_.watched.contains(pid); });
    set_dismissed_aside();
    if (pids_.empty()) {
        orphans_.clear();
        return;
    }
    // Whoever lost an orphan in this sweep may own those that came up in its place.
    std::vector<core::InstanceId> ended = reap();
    ended.insert(ended.end(), ended_now.begin(), ended_now.end());
    for (const pid_t pid : pids_) {
        find_owners(pid, ended);
    }
    std::erase_if(orphans_, [&](const auto& entry) { return entry.second.seen_in != sweep_; });
}

/// Takes the dismissed out of `pids_`, and forgets those that are gone: their numbers may become
/// somebody else's.
void Orphans::set_dismissed_aside() {
    if (own_processes_.dismissed.empty()) {
        return;
    }
    std::unordered_set<pid_t> remaining;
    std::erase_if(pids_, [&](pid_t pid) {
        if (!own_processes_.dismissed.contains(pid)) {
            return false;
        }
        if (!has_been_reaped(pid)) {
            remaining.insert(pid);
        }
        return true;
    });
    own_processes_.dismissed = std::move(remaining);
}

/// Removes what has ended from `pids_`; returns whose it was.
std::vector<core::InstanceId> Orphans::reap() {
    std::vector<core::InstanceId> owners;
    std::erase_if(pids_, [&](pid_t pid) {
        if (!has_been_reaped(pid)) {
            return false;
        }
        if (const auto found = orphans_.find(pid); found != orphans_.end()) {
            owners.insert(owners.end(), found->second.owners.begin(), found->second.owners.end());
            orphans_.erase(found);
        }
        return true;
    });
    return owners;
}

void Orphans::find_owners(pid_t pid, std::span<const core::InstanceId> ended_now) {
    const auto [place, is_new] = orphans_.try_emplace(pid);
    Orphan& orphan = place->second;
    orphan.seen_in = sweep_;
    if (!is_new) {
        return;
    }
    auto owners = owners_of(pid, ended_now);
    if (!owners) {
        orphans_.erase(place);
        return;
    }
    orphan.owners = std::move(*owners);
    std::ranges::sort(orphan.owners);
    const auto [first, last] = std::ranges::unique(orphan.owners);
    orphan.owners.erase(first, last);
}

/// Nothing when it cannot be told yet.
std::optional<std::vector<core::InstanceId>> Orphans::owners_of(
    pid_t pid, std::span<const core::InstanceId> ended_now) const {
    const auto stat = platform::process_stat(pid);
    if (!stat) {
        return std::nullopt;
    }
    core::ProcessMarks marks{.session = stat->session, .slack = platform::timer_slack_of(pid)};
    // Environment and output are not read where session or slack tell, nor from a process that
    // hangs in the kernel, which can make its reader wait.
    if (!ownership_.is_told(marks)) {
        if (stat->state == 'D') {
            return std::nullopt;
        }
        if (const auto facts = platform::process_facts(pid)) {
            marks.generation = core::generation_number(facts->generation.value_or(""));
            const core::Generation output = generation_of_output(facts->output);
            marks.output = output != 0 ? output : generation_of_output(facts->error);
        }
    }
    return ownership_.owners(marks, ended_now);
}

std::vector<pid_t> Orphans::of(core::InstanceId id) const {
    std::vector<pid_t> pids;
    for (const auto& [pid, orphan] : orphans_) {
        if (std::ranges::binary_search(orphan.owners, id)) {
            pids.push_back(pid);
        }
    }
    return pids;
}

std::vector<pid_t> Orphans::all() const {
    std::vector<pid_t> pids;
    pids.reserve(orphans_.size());
    for (const auto& [pid, orphan] : orphans_) {
        pids.push_back(pid);
    }
    return pids;
}

std::optional<core::LeftBehind> Orphans::left_behind(core::InstanceId id) const {
    const std::vector<pid_t> pids = of(id);
    if (pids.empty()) {
        return std::nullopt;
    }
    core::LeftBehind left;
    left.count = static_cast<std::uint32_t>(pids.size());
    left.pid = std::ranges::min(pids);
    if (const auto facts = platform::process_facts(left.pid)) {
        left.title = facts->title;
    }
    return left;
}

}  // namespace respawnd::daemon
