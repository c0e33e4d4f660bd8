// A checker of one promise, that looks on while a simulated world goes its way. It judges by what
// it sees from outside, with rules of its own; it never asks the core what was right.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/fleet.h"
#include "simulation/process_table.h"

namespace respawnd::simulation {

/// One step of one instance, before its actions are performed.
struct Observation {
    core::Instant now;
    core::InstanceName name;
    const core::JobDefinition& definition;
    const core::State& before;
    const core::Event& event;
    const std::vector<core::Action>& actions;
    const core::Instance& after;
    bool is_late = false;  ///< the event speaks of another start than `before`
};

class Promise {
  public:
    Promise() = default;
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;
    virtual ~Promise() = default;

    virtual void stepped(const Observation&) {}
    /// A process is about to be made.
    virtual void spawning(const core::InstanceName&, const ProcessTable&) {}
    /// The folder was applied, and `events` are about to be delivered.
    virtual void applied(const core::DefinitionSet& /*before*/,
                         const core::DefinitionSet& /*wanted*/, const core::Fleet::Events&,
                         const core::Fleet&) {}
    /// The daemon's turn is over: everything that it was to do has been done.
    virtual void turned(core::Instant, const core::Fleet&, const ProcessTable&) {}
    virtual void shutdown_begins() {}

    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  protected:
    void violated(const core::InstanceName& name, const std::string& text) {
        violations_.push_back(name.job + "@" + std::to_string(name.number) + ": " + text);
    }

  private:
    std::vector<std::string> violations_;
};

/// The longest time for which a daemon is stopped in a simulation.
inline constexpr core::Duration longest_sleep = std::chrono::seconds(7);

std::unique_ptr<Promise> one_main_process();
std::unique_ptr<Promise> wishes_are_kept();
std::unique_ptr<Promise> limit_in_window();
std::unique_ptr<Promise> stops_end();
std::unique_ptr<Promise> delays_follow_the_backoff();
std::unique_ptr<Promise> apply_touches_what_changed();
std::unique_ptr<Promise> messages_have_text();

[[nodiscard]] std::vector<std::unique_ptr<Promise>> all_promises();

}  // namespace respawnd::simulation
