// Carries out what the core asks for: starts programs, signals them, sees them end. What becomes of
// it goes back as events; no decision is taken here.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/fleet.h"
#include "daemon/child_request.h"
#include "daemon/loggers.h"
#include "daemon/members.h"
#include "daemon/orphans.h"
#include "daemon/own_log.h"
#include "daemon/own_processes.h"
#include "daemon/run.h"
#include "daemon/start_requests.h"
#include "platform/event_loop.h"
#include "platform/process_watch.h"

namespace respawnd::daemon {

class Runs {
  public:
    using Post = std::function<void(core::InstanceId, core::Event)>;

    [[nodiscard]] static core::Result<std::unique_ptr<Runs>> make(platform::EventLoop& loop,
                                                                  OwnLog& log, core::Fleet& fleet,
                                                                  Loggers& loggers,
                                                                  OwnProcesses& own_processes,
                                                                  Bases bases, Post post);

    void launch(core::InstanceId id, core::Generation generation);
    void abandon(core::InstanceId id, core::Generation generation);
    void signal_main(core::InstanceId id, int signal);
    void signal_all(core::InstanceId id, int signal);
    void run_stop_command(core::InstanceId id);
    void report_survivors(core::InstanceId id);

    /// Definitions have changed: what applies to outputs that are open is told to the loggers.
    void outputs_changed();
    /// SIGKILL to every process that is nobody's, or anybody's: for the very end.
    void kill_strays();
    void forget_users() { requests_.forget_users(); }

  private:
    Runs(platform::EventLoop& loop, OwnLog& log, core::Fleet& fleet, Loggers& loggers,
         OwnProcesses& own_processes, Bases bases, Post post, platform::ProcessWatch watch);

    [[nodiscard]] core::Result<void> add_sources();
    [[nodiscard]] Run& run_of(core::InstanceId id);
    [[nodiscard]] bool is_current(core::InstanceId id, core::Generation generation) const;

    void look_up_and_spawn(core::InstanceId id, core::Generation generation);
    void launch_waiting();
    void launch_some_waiting();
    void end_pending_exec(Run& run);
    void answered_later(core::InstanceId id, core::Generation generation, const Known& known);
    void answered(core::InstanceId id, core::Generation generation, const Known& known);
    void spawn(core::InstanceId id, const platform::StartLookupAnswer& known);
    void fail_start(core::InstanceId id, const std::string& reason, bool lack_of_resources);
    void spawn_stop_command(core::InstanceId id, const Known& known);

    void serve_ready();
    void read_outcome(core::InstanceId id);
    void main_ended(core::InstanceId id,
                    std::vector<std::pair<core::InstanceId, core::ExitStatus>>& ended);
    void tell_ends(const std::vector<std::pair<core::InstanceId, core::ExitStatus>>& ended);
    void stop_command_ended(core::InstanceId id);
    void drop(core::InstanceId id);
    void sweep_orphans();
    void tell_rests();
    [[nodiscard]] Members members_of(core::InstanceId id);
    void kill_outrun();

    platform::EventLoop& loop_;
    OwnLog& log_;
    core::Fleet& fleet_;
    Loggers& loggers_;
    OwnProcesses& own_processes_;
    Bases bases_;
    Post post_;
    platform::ProcessWatch watch_;
    Orphans orphans_;
    StartRequests requests_;
    std::vector<std::unique_ptr<Run>> runs_;
    /// Whose main process has ended while something of theirs lives.
    std::set<core::InstanceId> resting_;
    /// Who forks faster than SIGKILL came.
    std::set<core::InstanceId> outrun_;
    std::deque<std::pair<core::InstanceId, core::Generation>> waiting_launches_;
    core::Instant turn_{};
    std::uint32_t launches_in_turn_ = 0;
    std::uint32_t pending_execs_ = 0;
    platform::EventSource ready_;
    bool lets_others_go_first_ = false;
    platform::EventSource child_signal_;
    platform::EventSource more_launches_;
    platform::EventSource launches_anyway_;
    platform::EventSource again_;
};

}  // namespace respawnd::daemon
