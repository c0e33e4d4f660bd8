// The processes of a simulated machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "core/exit_status.h"
#include "core/instance_state.h"
#include "core/job_definition.h"
#include "core/time.h"

namespace respawnd::simulation {

struct Process {
    core::InstanceName owner;
    core::Generation generation = 0;
    bool is_main = false;
    bool has_executed = false;
    bool is_signalled = false;  ///< has had any signal
    bool ignores_signal = false;
    core::Duration reaction{0};      ///< from a signal to the end
    core::Instant unkillable_until;  ///< hangs in the kernel until then
    core::ExitStatus answer;         ///< how it ends when it is asked to
};

class ProcessTable {
  public:
    std::int32_t add(const Process& process) {
        processes_.emplace(++last_pid_, process);
        return last_pid_;
    }
    void remove(std::int32_t pid) { processes_.erase(pid); }
    [[nodiscard]] Process* find(std::int32_t pid) {
        const auto found = processes_.find(pid);
        return found == processes_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] std::vector<std::int32_t> of_run(core::Generation generation) const {
        std::vector<std::int32_t> pids;
        for (const auto& [pid, process] : processes_) {
            if (process.generation == generation) {
                pids.push_back(pid);
            }
        }
        return pids;
    }
    [[nodiscard]] bool has_any_of(const core::InstanceName& owner) const {
        return std::ranges::any_of(processes_,
                                   [&](const auto& entry) { return entry.second.owner == owner; });
    }
    [[nodiscard]] std::map<std::int32_t, Process>& all() { return processes_; }
    [[nodiscard]] const std::map<std::int32_t, Process>& all() const { return processes_; }
    [[nodiscard]] bool empty() const { return processes_.empty(); }

  private:
    std::map<std::int32_t, Process> processes_;
    std::int32_t last_pid_ = 1000;
};

}  // namespace respawnd::simulation
