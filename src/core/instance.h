// The life of one instance: step() is the whole of it. One overload an event, each of which names
// every state, so that a cell that was forgotten does not compile; a cell that cannot come about is
// written as impossible() and checked.
//
//               start wanted           exec seen
//     Stopped ---------------> Starting ---------> Running
//        ^                        ^  |                |  main ended, or stop wanted
//        |                  at    |  | failed         v
//        +--- Stopping <--- deadline | start     Stopping (while any process of it lives)
//        stay down                |  v                |
//                              Backoff <--------------+---> Finished, Failed
//
// What comes late for an older start is dropped by its generation before the table is asked.
#pragma once

#include <vector>

#include "core/instance_action.h"
#include "core/instance_event.h"
#include "core/instance_state.h"
#include "core/job_definition.h"
#include "core/message_budget.h"

namespace respawnd::core {

struct Instance {
    InstanceName name;
    State state;
    /// What the operator, the file and the daemon's end ask for; not what is.
    bool is_wanted = false;
    DownReason down_reason = DownReason::not_enabled;
    RunHistory history;
    MessageBudget messages;
};

/// What the world contributes to a step.
struct Surroundings {
    Instant now{};
    Generation new_generation = 0;  ///< for a start, should the step make one
    double random = 0.5;            ///< uniform in [0, 1], for the jitter
};

/// Takes `event` into account and appends what is to be done to `actions`, in order.
void step(const JobDefinition& definition, Instance& instance, const Event& event,
          const Surroundings& surroundings, std::vector<Action>& actions);

}  // namespace respawnd::core
