// A simulated world around the core: a virtual clock, a machine, people, and a daemon that does
// what the real one does. It takes an event, steps, and performs the actions at once; answers of
// what it has just performed come before anything else. Faults come first; then all is well, and
// everything that is wanted has to be up; at last the daemon is ended, and everything has to go.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/fleet.h"
#include "simulation/coverage.h"
#include "simulation/dice.h"
#include "simulation/faults.h"
#include "simulation/folder.h"
#include "simulation/machine.h"
#include "simulation/promise.h"
#include "simulation/story.h"

namespace respawnd::simulation {

class World {
  public:
    World(std::uint64_t seed, Coverage& coverage, Story::Telling telling);

    /// Lives through all phases. Returns what went wrong, with the end of the story; empty if
    /// nothing did.
    [[nodiscard]] std::string run();

  private:
    void live_until(core::Instant end);
    [[nodiscard]] core::Instant next_time(core::Instant end) const;
    void take_turn();
    void deliver_deadlines();
    void deliver(core::InstanceId id, const core::Event& event);
    void step(core::InstanceId id, const core::Event& event);
    void look_into(std::deque<Message>& messages);

    void people_act();
    void edit_the_folder();
    void operator_acts();
    void begin_shutdown();

    void check_convergence();
    void check_one(const core::Member& member);
    void check_that_all_is_gone();
    [[nodiscard]] bool is_in_force(const core::InstanceName& name) const;
    [[nodiscard]] bool has_failed() const;
    void fail(const std::string& text);
    [[nodiscard]] std::string failures();

    Dice dice_;
    Faults faults_;
    Folder folder_;
    std::vector<std::unique_ptr<Promise>> promises_ = all_promises();
    Machine machine_;
    core::Fleet fleet_;
    Coverage& coverage_;
    Story story_;
    std::vector<std::string> failures_;
    core::Instant asleep_until_{};
    core::Instant people_at_{};
    std::uint64_t steps_ = 0;
    bool people_are_here_ = true;
    std::uint64_t seed_;
};

}  // namespace respawnd::simulation
