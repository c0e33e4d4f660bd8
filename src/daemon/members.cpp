#include "daemon/members.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "platform/children_of.h"
#include "platform/process_facts.h"
#include "platform/process_handle.h"

namespace respawnd::daemon {
namespace {

constexpr int most_passes = 8;
/// Beyond that the operator is not helped by one more pid.
constexpr std::size_t most_named = 5;

struct Member {
    platform::ProcessHandle process;
    platform::ProcessStat stat;
};

/// A number may have been given to a stranger between the list and the pidfd; the parent, looked up
/// after the pidfd was opened, tells.
std::optional<Member> open_member(pid_t pid, const std::set<pid_t>& members) {
    auto process = platform::ProcessHandle::open(pid);
    auto stat = process ? platform::process_stat(pid) : std::nullopt;
    if (!stat || (stat->parent != getpid() && !members.contains(stat->parent))) {
        return std::nullopt;
    }
    return Member{std::move(*process), std::move(*stat)};
}

bool can_fork(char state) {
    constexpr std::string_view stopped_or_ended = "TtZXx";
    // One that hangs in the kernel cannot be stopped, and need not be.
    return state != 'D' && !stopped_or_ended.contains(state);
}

}  // namespace

std::set<pid_t> Members::list() const {
    std::vector<pid_t> roots = orphans_.of(id_);
    if (main_ != 0) {
        roots.push_back(main_);
    }
    std::set<pid_t> members(roots.begin(), roots.end());
    for (const pid_t root : roots) {
        const std::vector<pid_t> descendants = platform::descendants_of(root);
        members.insert(descendants.begin(), descendants.end());
    }
    return members;
}

bool Members::signal(int number) {
    // A process that forks while it is being signalled has a child that was not on the list: look
    // again until a pass finds nobody new.
    std::set<pid_t> signalled;
    for (int pass = 0; pass < most_passes; ++pass) {
        orphans_.sweep({});
        const std::size_t before = signalled.size();
        const std::set<pid_t> members = list();
        for (const pid_t pid : members) {
            if (signalled.contains(pid)) {
                continue;
            }
            if (const auto member = open_member(pid, members)) {
                signalled.insert(pid);
                if (member->process.signal(number)) {
                    // A stopped process does not see any signal but SIGKILL until it goes on.
                    (void)member->process.signal(SIGCONT);
                }
            }
        }
        if (signalled.size() == before) {
            return true;
        }
    }
    return false;
}

/// Stops whoever can fork; true when there was somebody.
bool Members::stop_moving() {
    orphans_.sweep({});
    bool found = false;
    const std::set<pid_t> members = list();
    for (const pid_t pid : members) {
        const auto member = open_member(pid, members);
        if (member && can_fork(member->stat.state)) {
            (void)member->process.signal(SIGSTOP);
            found = true;
        }
    }
    return found;
}

bool Members::stop_and_kill() {
    for (int pass = 0; pass < most_passes; ++pass) {
        if (!stop_moving()) {
            return signal(SIGKILL);
        }
    }
    return false;
}

std::string Members::survivors() const {
    std::string named;
    std::size_t count = 0;
    bool hangs = false;
    for (const pid_t pid : list()) {
        const auto stat = platform::process_stat(pid);
        if (!stat || stat->state == 'Z') {
            continue;
        }
        hangs = hangs || stat->state == 'D';
        if (++count <= most_named) {
            named += (named.empty() ? "pid " : ", pid ") + std::to_string(pid) + " (" + stat->name +
                     ", state " + stat->state + ")";
        }
    }
    if (count == 0) {
        return "";
    }
    if (count > most_named) {
        named += " and " + std::to_string(count - most_named) + " more";
    }
    return named + (hangs ? " survives SIGKILL, so it hangs in the kernel, mostly on a disk or a "
                            "network mount; nothing is started beside it"
                          : " still lives after SIGKILL: it forks faster than it can be killed, or "
                            "the machine is very busy; it is killed again and again, and nothing "
                            "is started beside it (limits.nproc bounds such a job)");
}

}  // namespace respawnd::daemon
