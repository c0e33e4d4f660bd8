// The daemon: owns everything, in the order in which it depends on each other, and knows the order
// of a start and of an end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "config/job_reader.h"
#include "core/fleet.h"
#include "core/settings.h"
#include "daemon/dispatcher.h"
#include "daemon/job_folder.h"
#include "daemon/loggers.h"
#include "daemon/manager_link.h"
#include "daemon/options.h"
#include "daemon/own_log.h"
#include "daemon/own_processes.h"
#include "daemon/places.h"
#include "daemon/runs.h"
#include "daemon/runtime_guard.h"
#include "platform/daemonize.h"
#include "platform/event_loop.h"
#include "platform/pid_file.h"
#include "platform/runtime_lock.h"

namespace respawnd::daemon {

class Daemon {
  public:
    /// `daemonized`: somebody waits for it to be ready.
    Daemon(Options options, Places places, std::optional<platform::Daemonized> daemonized = {});

    /// Runs until a signal ends it; returns the exit code. What kept it from starting has been
    /// told.
    int run();

  private:
    core::Result<void> set_up();
    core::Result<void> make_parts();
    core::Result<void> prepare_folders();
    core::Result<void> add_signals();
    core::Result<void> add_timers();
    core::Result<std::unique_ptr<Loggers>> make_loggers();

    bool read_settings();
    void apply(const core::DefinitionSet& definitions);
    void stepped(core::InstanceId id);
    void tell_ready();
    void greet();
    void reload();
    core::Result<void> use_own_log();
    void use_own_log_again(bool has_changed);
    void stop(const char* signal);
    void stop_takes_too_long();
    void finish_if_all_ended();
    void finish();
    [[nodiscard]] bool has_processes() const;

    Options options_;
    Places places_;
    OwnLog log_;
    core::Settings settings_;
    config::Defaults defaults_;
    platform::ServiceManager manager_;
    bool is_managed_ = false;
    bool messages_are_in_file_ = false;
    std::optional<platform::Daemonized> daemonized_;
    std::optional<platform::PidFile> pid_file_;

    std::optional<platform::RuntimeLock> lock_;  ///< until the loop is there to guard it
    platform::UniqueFd output_folder_;
    std::optional<platform::EventLoop> loop_;
    std::unique_ptr<RuntimeGuard> runtime_guard_;
    OwnProcesses own_processes_;
    core::Fleet fleet_;
    std::unique_ptr<ManagerLink> manager_link_;
    std::unique_ptr<Loggers> loggers_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<DeadlineTimers> timers_;
    std::unique_ptr<Runs> runs_;
    std::unique_ptr<JobFolder> folder_;
    std::vector<platform::EventSource> signals_;
    platform::EventSource stop_timer_;
    platform::EventSource hint_timer_;
    platform::EventSource end_check_;

    /// Instances whose first start has neither succeeded nor failed; READY waits for them.
    std::unordered_set<core::InstanceId> first_starts_;
    bool is_ready_ = false;
    bool stops_ = false;
    bool is_killing_ = false;
    bool finishes_ = false;
    std::size_t stopped_instances_ = 0;
};

}  // namespace respawnd::daemon
