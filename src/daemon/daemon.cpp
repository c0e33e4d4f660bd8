#include "daemon/daemon.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "config/settings_reader.h"
#include "core/duration_words.h"
#include "core/limits.h"
#include "daemon/status_line.h"
#include "platform/resource_limits.h"
#include "platform/runtime_directory.h"
#include "platform/trusted_file.h"

namespace respawnd::daemon {
namespace {

using core::Result;
namespace event = core::event;

constexpr core::Duration hint_after = std::chrono::seconds(10);
/// What an end of the daemon may take beside the stops of the jobs: the kernel's part of SIGKILL
/// and the logger's last bytes.
constexpr core::Duration end_takes = std::chrono::seconds(15);

/// The logger lies beside the daemon in a build, and in libexec where both are installed.
std::string find_logger() {
    std::error_code problem;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
    for (const auto& folder : {self, self / "../libexec/respawnd", self / "../lib/respawnd"}) {
        const auto path = (folder / "respawn-logger").lexically_normal();
        if (access(path.c_str(), X_OK) == 0) {
            return path;
        }
    }
    return self / "respawn-logger";
}

/// As the user typed it, for messages; what is by default has no other form.
std::string shown(const std::optional<std::string>& typed, const std::string& otherwise) {
    return typed.value_or(otherwise);
}

}  // namespace

Daemon::Daemon(Options options, Places places, std::optional<platform::Daemonized> daemonized)
    : options_(std::move(options)),
      places_(std::move(places)),
      manager_(platform::ServiceManager::from_environment()),
      daemonized_(std::move(daemonized)) {
    is_managed_ = manager_.is_there();
}

int Daemon::run() {
    if (auto ready = set_up(); !ready) {
        log_.error(ready.error().text());
        if (messages_are_in_file_) {
            // Whoever started it waits for the reason.
            (void)std::fprintf(stderr, "respawnd: %s\n", ready.error().text().c_str());
        }
        return 1;
    }
    const auto code = loop_->run();
    if (!code) {
        log_.error(code.error().text());
        return 1;
    }
    return *code;
}

// ---- the start ---------------------------------------------------------------------------------

Result<void> Daemon::set_up() {
    if (!read_settings()) {
        return core::failure("not started, because of the settings");
    }
    if (auto done = prepare_folders(); !done) {
        return done;
    }
    if (auto used = use_own_log(); !used) {
        if (daemonized_) {
            return used;  // there would be no other place for them
        }
        log_.error(used.error().text() + "; messages go to standard error");
    }
    if (!places_.pid_file.empty()) {
        auto written = platform::PidFile::write(places_.pid_file);
        if (!written) {
            return std::unexpected(std::move(written).error());
        }
        pid_file_ = std::move(*written);
    }
    if (auto raised = platform::raise_descriptor_limit(); !raised) {
        log_.warning(raised.error().text());
    }
    auto loop = platform::EventLoop::make();
    if (!loop) {
        return std::unexpected(std::move(loop).error());
    }
    loop_ = std::move(*loop);
    auto guard = RuntimeGuard::make(*loop_, log_, places_.runtime, std::move(*lock_));
    if (!guard) {
        return std::unexpected(std::move(guard).error());
    }
    runtime_guard_ = std::move(*guard);
    if (auto added = add_signals(); !added) {
        return added;
    }
    if (auto added = add_timers(); !added) {
        return added;
    }
    if (auto made = make_parts(); !made) {
        return made;
    }
    auto folder = JobFolder::make(
        *loop_, places_.jobs, shown(options_.jobs, places_.jobs), settings_, defaults_,
        {.changed = [this](const core::DefinitionSet& definitions) { apply(definitions); },
         .tell = [this](Level level, const std::string& text) { log_.tell(level, text); }});
    if (!folder) {
        return std::unexpected(std::move(folder).error());
    }
    folder_ = std::move(*folder);
    folder_->read_now();
    greet();
    tell_ready();
    return {};
}

/// What carries out what the core decides.
Result<void> Daemon::make_parts() {
    auto manager = ManagerLink::make(*loop_, std::move(manager_), [this] {
        return status_line(fleet_, folder_ == nullptr ? 0 : folder_->mistaken_files());
    });
    if (!manager) {
        return std::unexpected(std::move(manager).error());
    }
    manager_link_ = std::move(*manager);
    auto loggers = make_loggers();
    if (!loggers) {
        return std::unexpected(std::move(loggers).error());
    }
    loggers_ = std::move(*loggers);
    loggers_->limit_total(settings_.log_max_total);
    dispatcher_ = std::make_unique<Dispatcher>(*loop_, log_, fleet_);
    auto timers = DeadlineTimers::make(
        *loop_, [this](core::InstanceId id) { dispatcher_->post(id, event::DeadlineReached{}); });
    if (!timers) {
        return std::unexpected(std::move(timers).error());
    }
    timers_ = std::move(*timers);
    auto runs = Runs::make(*loop_, log_, fleet_, *loggers_, own_processes_, {},
                           [this](core::InstanceId id, core::Event event) {
                               dispatcher_->post(id, std::move(event));
                           });
    if (!runs) {
        return std::unexpected(std::move(runs).error());
    }
    runs_ = std::move(*runs);
    dispatcher_->connect(*runs_, *timers_, [this](core::InstanceId id) { stepped(id); });
    return {};
}

bool Daemon::read_settings() {
    std::string text;
    if (places_.config_was_named || access(places_.config.c_str(), F_OK) == 0) {
        auto file = platform::read_trusted_file(places_.config);
        if (!file) {
            log_.error(file.error().text());
            return false;
        }
        text = std::move(file->text);
    }
    auto read = config::read_settings(shown(options_.config, places_.config), text);
    for (const config::Diagnostic& diagnostic : read.diagnostics) {
        log_.error(config::render(diagnostic));
    }
    if (!read.settings) {
        return false;
    }
    settings_ = *read.settings;
    defaults_ = std::move(read.defaults);
    return true;
}

Result<void> Daemon::prepare_folders() {
    auto output = platform::make_runtime_directory(places_.runtime);
    if (!output) {
        return std::unexpected(std::move(output).error());
    }
    output_folder_ = std::move(*output);
    auto taken = platform::RuntimeLock::take(places_.runtime);
    if (!taken) {
        return std::unexpected(std::move(taken).error());
    }
    if (const auto* held = std::get_if<platform::HeldBy>(&*taken)) {
        return core::failure("already running as process " + std::to_string(held->pid) +
                             ", with the run-time directory \"" +
                             shown(options_.runtime_dir, places_.runtime) +
                             "\"; stop that one first, or name another directory with "
                             "--runtime-dir");
    }
    lock_ = std::move(std::get<platform::RuntimeLock>(*taken));
    if (const std::size_t lost = platform::remove_old_outputs(output_folder_); lost != 0) {
        log_.warning("an earlier respawnd ended while output of " + counted(lost, "run") +
                     " was not in its log yet; what was not written then is lost");
    }
    return platform::make_log_directory(places_.logs);
}

Result<void> Daemon::add_signals() {
    const auto add = [&](int signal, std::function<void()> act) -> Result<void> {
        auto source = loop_->add_signal(signal, platform::Priority::control, std::move(act));
        if (!source) {
            return std::unexpected(std::move(source).error());
        }
        signals_.push_back(std::move(*source));
        return {};
    };
    for (const auto& [signal, name] : {std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGINT, "SIGINT"},
                                       std::pair{SIGQUIT, "SIGQUIT"}}) {
        if (auto added = add(signal, [this, name] { stop(name); }); !added) {
            return added;
        }
    }
    return add(SIGHUP, [this] { reload(); });
}

Result<void> Daemon::add_timers() {
    auto stop = loop_->add_timer(platform::Priority::deadlines, [this] { stop_takes_too_long(); });
    auto hint = loop_->add_timer(platform::Priority::rest_of_work, [this] {
        log_.info("try: kill -9 one of the pids above, edit a file in " +
                  shown(options_.jobs, places_.jobs) + ", or copy one under another name");
    });
    auto end =
        loop_->add_deferred(platform::Priority::rest_of_work, [this] { finish_if_all_ended(); });
    for (auto* source : {&stop, &hint, &end}) {
        if (!*source) {
            return std::unexpected(std::move(*source).error());
        }
    }
    stop_timer_ = std::move(*stop);
    hint_timer_ = std::move(*hint);
    end_check_ = std::move(*end);
    return {};
}

Result<std::unique_ptr<Loggers>> Daemon::make_loggers() {
    Loggers::Places places{.program = find_logger(),
                           .log_directory = places_.logs,
                           .runtime_directory = places_.runtime,
                           .output_folder = std::move(output_folder_)};
    return Loggers::make(*loop_, log_, own_processes_, std::move(places));
}

void Daemon::greet() {
    std::string text = RESPAWND_VERSION ": " + counted(folder_->definitions().size(), "job") +
                       " from " + shown(options_.jobs, places_.jobs) + ", logs in " +
                       shown(options_.log_dir, places_.logs);
    if (!is_managed_ && !options_.daemonize) {
        text += ", stop with Ctrl-C";
    }
    log_.info(text);
    // For somebody who looks on: at a terminal, or through ./dev run.
    const bool is_watched = isatty(STDERR_FILENO) == 1 || std::getenv("RESPAWND_TRY") != nullptr;
    if (is_watched && options_.jobs && !folder_->definitions().empty()) {
        hint_timer_.set_deadline(core::after(loop_->now(), hint_after));
    }
}

// ---- while it runs -----------------------------------------------------------------------------

void Daemon::apply(const core::DefinitionSet& definitions) {
    if (stops_) {
        return;
    }
    core::Fleet::Events events = fleet_.apply(definitions);
    if (!is_ready_) {
        for (const auto& [id, unused] : events) {
            first_starts_.insert(id);
        }
    }
    runs_->outputs_changed();
    dispatcher_->post(std::move(events));
}

void Daemon::stepped(core::InstanceId id) {
    if (!is_ready_) {
        const bool is_starting = fleet_.has(id) && std::holds_alternative<core::state::Starting>(
                                                       fleet_.at(id).instance.state);
        if (!is_starting && first_starts_.erase(id) != 0) {
            tell_ready();
        }
    }
    manager_link_->status_changed();
    if (stops_) {
        end_check_.trigger();
    }
}

void Daemon::tell_ready() {
    // The folder is there once it has been read, and nothing may be said before that.
    if (is_ready_ || folder_ == nullptr || !first_starts_.empty()) {
        return;
    }
    is_ready_ = true;
    manager_link_->ready();
    if (daemonized_) {
        daemonized_->ready();
    }
}

void Daemon::reload() {
    if (stops_) {
        log_.info("SIGHUP comes too late: stopping");
        return;
    }
    manager_link_->reloading();
    log_.info("SIGHUP: reading the settings and all job files again");
    runs_->forget_users();
    runtime_guard_->look();
    const core::OwnLogSettings own_log = settings_.log;
    if (read_settings()) {
        use_own_log_again(settings_.log != own_log);
        loggers_->limit_total(settings_.log_max_total);
        folder_->set_settings(settings_, defaults_);
    } else {
        log_.error("the settings that were in force stay in force");
    }
    folder_->read_now();
    const std::size_t mistaken = folder_->mistaken_files();
    log_.info("read: " + counted(folder_->definitions().size(), "job") + " in force" +
              (mistaken == 0 ? "" : ", " + counted(mistaken, "file") + " with mistakes"));
    manager_link_->ready();
}

Result<void> Daemon::use_own_log() {
    core::OwnLogSettings settings = settings_.log;
    // Nobody reads the standard error of a process in the background.
    if (options_.daemonize && settings.target == core::OwnLogTarget::automatic) {
        settings.target = core::OwnLogTarget::file;
    }
    auto used = log_.use(settings, places_.logs + "/respawnd.log", options_.debug);
    messages_are_in_file_ = used && settings.target == core::OwnLogTarget::file;
    return used;
}

/// A log file that was moved or removed is made anew, also without a change.
void Daemon::use_own_log_again(bool has_changed) {
    if (has_changed) {
        log_.info("the settings of [log] have changed: messages go where they say from now on");
    }
    if (auto used = use_own_log(); !used) {
        log_.error(used.error().text() + "; messages go where they went");
    }
}

// ---- the end -----------------------------------------------------------------------------------

bool Daemon::has_processes() const {
    const core::FleetCounts counts = fleet_.counts();
    return counts.running + counts.starting + counts.stopping != 0;
}

void Daemon::stop(const char* signal) {
    if (stops_) {
        const core::FleetCounts counts = fleet_.counts();
        log_.info(std::string(signal) + " again: still stopping, " +
                  counted(counts.stopping, "instance") + " left" + names_of_stopping(fleet_));
        return;
    }
    stops_ = true;
    hint_timer_.reset();
    folder_->stop();
    const core::FleetCounts counts = fleet_.counts();
    stopped_instances_ = counts.running + counts.starting + counts.stopping;
    log_.info(std::string(signal) + ": stopping " + counted(stopped_instances_, "instance"));
    manager_link_->stopping(settings_.shutdown_timeout == core::infinite
                                ? core::infinite
                                : settings_.shutdown_timeout + end_takes);
    stop_timer_.set_deadline(core::after(loop_->now(), settings_.shutdown_timeout));
    dispatcher_->post(fleet_.stop_all());
    end_check_.trigger();
}

void Daemon::stop_takes_too_long() {
    if (!is_killing_) {
        is_killing_ = true;
        log_.warning("not all has ended within shutdown_timeout = " +
                     core::in_words(settings_.shutdown_timeout) +
                     "; sending SIGKILL to what is left");
        dispatcher_->post(fleet_.kill_all());
        stop_timer_.set_deadline(core::after(loop_->now(), 2 * core::kill_takes_at_most));
        return;
    }
    fleet_.for_each([&](core::InstanceId id, const core::Member& member) {
        if (std::holds_alternative<core::state::Stopping>(member.instance.state)) {
            runs_->report_survivors(id);
        }
    });
    log_.error("ending without them");
    finish();
}

void Daemon::finish_if_all_ended() {
    if (stops_ && !finishes_ && !has_processes()) {
        finish();
    }
}

void Daemon::finish() {
    finishes_ = true;
    stop_timer_.set_deadline(core::no_deadline);
    runs_->kill_strays();
    loggers_->finish([this] {
        log_.info("stopped " + counted(stopped_instances_, "instance"));
        loop_->exit(0);
    });
}

}  // namespace respawnd::daemon
