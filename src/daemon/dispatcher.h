// The queue between what happened and what is done: an event goes to core's step(), the actions
// that step() asks for go to Runs, and the deadline of the instance is made what its state says.
//
// What a performed action brings about (Spawned, StartFailed) is taken before anything else that
// waits, so that a stop that came in the meantime meets the state as it is.
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "core/fleet.h"
#include "daemon/deadline_timers.h"
#include "daemon/own_log.h"
#include "daemon/runs.h"
#include "platform/event_loop.h"
#include "platform/random_source.h"

namespace respawnd::daemon {

class Dispatcher {
  public:
    Dispatcher(platform::EventLoop& loop, OwnLog& log, core::Fleet& fleet)
        : loop_(loop), log_(log), fleet_(fleet) {}

    /// Must come before the first post(). `stepped` is called after each event that was taken.
    void connect(Runs& runs, DeadlineTimers& timers, std::function<void(core::InstanceId)> stepped);

    /// Takes the event, and all that follows from it, before it returns; from inside of a step it
    /// is queued.
    void post(core::InstanceId id, core::Event event);
    void post(core::Fleet::Events events);

  private:
    void drain();
    void take(core::InstanceId id, const core::Event& event);
    void perform(core::InstanceId id, const core::Action& action);

    platform::EventLoop& loop_;
    OwnLog& log_;
    core::Fleet& fleet_;
    Runs* runs_ = nullptr;
    DeadlineTimers* timers_ = nullptr;
    std::function<void(core::InstanceId)> stepped_;
    platform::RandomSource random_;
    std::deque<std::pair<core::InstanceId, core::Event>> queue_;
    std::deque<std::pair<core::InstanceId, core::Event>> answers_;
    std::vector<core::Action> actions_;
    bool drains_ = false;
    bool performs_ = false;
};

}  // namespace respawnd::daemon
