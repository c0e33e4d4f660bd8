// What may go wrong in a simulated world, and how often. The seed picks the probabilities too, so
// that each run has another character: one is all crashes, the next all slow lookups.
#pragma once

#include "core/time.h"
#include "simulation/dice.h"

namespace respawnd::simulation {

struct Faults {
    // A start.
    double lookup_is_slow = 0;
    double lookup_hangs = 0;
    double spawn_fails = 0;
    double resources_lack = 0;
    double exec_fails = 0;
    double exec_hangs = 0;
    double late_answer = 0;  ///< an answer for a launch that was abandoned
    // A running process.
    double dies_at_once = 0;
    double dies_soon = 0;
    double dies_later = 0;
    double ends_well = 0;
    double has_children = 0;
    double forks_itself = 0;
    // An end.
    double ignores_signal = 0;
    double refuses_kill = 0;
    double stop_command_fails = 0;
    double stop_command_hangs = 0;
    // The daemon.
    double daemon_sleeps = 0;
    double early_deadline = 0;
    // People, for each time that they look in.
    core::Duration people_every{0};
    double operator_acts = 0;  ///< the rest of the time somebody edits the folder

    [[nodiscard]] static Faults by_chance(Dice& dice);
};

}  // namespace respawnd::simulation
