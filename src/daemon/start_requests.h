// What a start has to know from outside before the clone: who the job's user is, and what its
// environment files say. Both are looked up by short-lived helpers that may hang without harm; who
// somebody is, is kept until the user database changes, so that a restart needs no helper.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fleet.h"
#include "daemon/own_processes.h"
#include "platform/event_loop.h"
#include "platform/start_lookup.h"

namespace respawnd::daemon {

/// What was found out, or why not.
using Known = core::Result<platform::StartLookupAnswer>;

class StartRequests {
  public:
    using Answered = std::function<void(core::InstanceId, core::Generation, const Known&)>;

    /// `answered` is called once for each ask() that returned nothing and was not cancelled.
    StartRequests(platform::EventLoop& loop, OwnProcesses& own_processes, Answered answered)
        : loop_(loop), own_processes_(own_processes), answered_(std::move(answered)) {}

    /// What a start of `job` needs, if it is known; otherwise it is looked up.
    [[nodiscard]] std::optional<Known> ask(core::InstanceId id, core::Generation generation,
                                           const core::JobDefinition& job);
    /// Nobody waits for that start any more.
    void cancel(core::Generation generation);
    /// Whoever is asked for next is looked up anew.
    void forget_users() { users_.clear(); }

  private:
    struct Waiting {
        core::InstanceId id = 0;
        core::Generation generation = 0;
    };
    /// One helper, and the starts that need its answer.
    struct Search {
        std::string user_key;  ///< empty: its answer is for one start only
        platform::StartLookupRequest request;
        std::vector<Waiting> waiting;
        std::optional<platform::StartLookup> lookup;
        platform::EventSource source;
    };
    using Searches = std::list<Search>;

    void forget_users_if_database_changed();
    void begin_queued();
    [[nodiscard]] core::Result<void> begin(Searches::iterator search);
    void read(Searches::iterator search);
    void finish(Searches::iterator search, const Known& known);

    platform::EventLoop& loop_;
    OwnProcesses& own_processes_;
    Answered answered_;
    std::map<std::string, platform::StartLookupAnswer> users_;
    std::string database_stamp_;
    Searches queued_;
    Searches running_;
};

}  // namespace respawnd::daemon
