#include "simulation/faults.h"

#include <array>

namespace respawnd::simulation {

Faults Faults::by_chance(Dice& dice) {
    Faults faults;
    // Half of all faults are absent from a run; the others are rare, common or nearly always.
    for (double* probability :
         {&faults.lookup_is_slow, &faults.lookup_hangs, &faults.spawn_fails, &faults.resources_lack,
          &faults.exec_fails, &faults.exec_hangs, &faults.late_answer, &faults.dies_at_once,
          &faults.dies_soon, &faults.dies_later, &faults.ends_well, &faults.has_children,
          &faults.forks_itself, &faults.ignores_signal, &faults.refuses_kill,
          &faults.stop_command_fails, &faults.stop_command_hangs}) {
        *probability = dice.chance(0.4) ? 0.0 : dice.one_of({0.05, 0.1, 0.3, 0.6});
    }
    faults.daemon_sleeps = dice.one_of({0.0, 0.0, 0.01, 0.05});
    faults.early_deadline = dice.one_of({0.0, 0.02});
    faults.people_every =
        dice.one_of<core::Duration>({std::chrono::milliseconds(20), std::chrono::milliseconds(500),
                                     std::chrono::seconds(3), std::chrono::seconds(20)});
    faults.operator_acts = dice.share();
    return faults;
}

}  // namespace respawnd::simulation
