#include "config/job_keys.h"

#include <array>
#include <chrono>

#include "config/command_values.h"
#include "config/end_values.h"
#include "config/environment_values.h"
#include "config/limit_values.h"
#include "config/log_values.h"
#include "config/path_values.h"
#include "config/rights_values.h"

namespace respawnd::config {
namespace {

using core::Duration;
using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::string_view limit_range = R"(a whole number, "infinity" or "soft:hard")";
constexpr std::string_view duration_type = "a duration";
constexpr std::string_view log_size_range = R"("4K" to "1024T", or "infinity")";
constexpr std::string_view no_end_range = R"("0s" to "365d", or "infinity")";
constexpr Duration no_time{0};
constexpr Duration a_year = days(365);

/// Stores what a reader has found, if it has found something.
template <class Target, class Found>
void store(Target& target, Found&& found) {
    if (found) {
        target = *std::forward<Found>(found);
    }
}

void store_number(std::uint32_t& target, const Value& value, std::int64_t least,
                  std::int64_t most) {
    if (const auto number = value.whole_number(least, most)) {
        target = static_cast<std::uint32_t>(*number);
    }
}

void store_number(int& target, const Value& value, int least, int most) {
    if (const auto number = value.whole_number(least, most)) {
        target = static_cast<int>(*number);
    }
}

void read_policy(const Value& value, JobDraft& draft) {
    constexpr auto words = std::to_array<std::string_view>({"always", "on-failure", "never"});
    constexpr auto policies = std::to_array<core::RestartPolicy>(
        {core::RestartPolicy::always, core::RestartPolicy::on_failure, core::RestartPolicy::never});
    if (const auto place = value.one_of(words)) {
        draft.definition.restart.policy = policies.at(*place);
    }
}

void read_scope(const Value& value, JobDraft& draft) {
    constexpr auto words = std::to_array<std::string_view>({"main", "all"});
    if (const auto place = value.one_of(words)) {
        draft.definition.stop.scope = *place == 0 ? core::StopScope::main : core::StopScope::all;
    }
}

constexpr JobKey later(std::string_view table, std::string_view name, std::string_view type,
                       std::string_view fallback) {
    return {.words = {table, name, type, fallback, "", false}};
}

constexpr JobKey limit(std::string_view name) {
    return {.words = {"limits", name, "a limit", "", limit_range},
            .change = Change::restart,
            .read = [](const Value& value, JobDraft& draft) {
                read_limit(value, draft.definition.program.limits);
            }};
}

constexpr auto keys = std::to_array<JobKey>({
    {.words = {"", "command", "an array of words, or one string", "", ""},
     .change = Change::restart,
     .in_defaults = false,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.command, read_command(value, draft.definition.name));
         }},
    {.words = {"", "description", "a string", R"("")", ""},
     .in_defaults = false,
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.description, value.string()); }},
    {.words = {"", "enabled", "true or false", "true", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.enabled, value.boolean()); }},
    {.words = {"", "instances", "a whole number", "1", "1 to 100000"},
     .read = [](const Value& value,
                JobDraft& draft) { store_number(draft.definition.instances, value, 1, 100'000); }},
    {.words = {"", "first_instance", "a whole number", "1", "0 to 1000000"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store_number(draft.definition.first_instance, value, 0, 1'000'000);
         }},
    later("", "mode", "a word", R"("foreground")"),
    later("", "pid_file", "a path", ""),
    later("", "successor", "a word", R"("same-program")"),
    {.words = {"", "user", "a name or number", "", ""},
     .change = Change::restart,
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.program.user, read_account(value)); }},
    {.words = {"", "group", "a name or number", "", ""},
     .change = Change::restart,
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.program.group, read_account(value)); }},
    {.words = {"", "supplementary_groups", "an array of names or numbers", "", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.supplementary_groups, read_accounts(value));
         }},
    {.words = {"", "directory", "a path", R"("/")", "beginning with /"},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.directory,
                   read_absolute_path(value, draft.definition.name));
         }},
    {.words = {"", "umask", "octal digits in a string", R"("0022")", R"("0000" to "0777")"},
     .change = Change::restart,
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.program.umask, value.mode()); }},
    {.words = {"", "runtime_directory", "a name or an array of names", "[]", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.runtime_directory,
                   read_folder_names(value, draft.definition.name));
         }},
    {.words = {"", "state_directory", "a name or an array of names", "[]", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.state_directory,
                   read_folder_names(value, draft.definition.name));
         }},
    {.words = {"", "nice", "a whole number", "0", "-20 to 19"},
     .change = Change::restart,
     .read = [](const Value& value,
                JobDraft& draft) { store_number(draft.definition.program.nice, value, -20, 19); }},
    {.words = {"", "oom_score_adj", "a whole number", "0", "-1000 to 1000"},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store_number(draft.definition.program.oom_score_adj, value, -1000, 1000);
         }},
    {.words = {"", "no_new_privileges", "true or false", "false", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.no_new_privileges, value.boolean());
         }},
    {.words = {"", "capabilities", "an array of names", "", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.capabilities, read_capabilities(value));
         }},
    {.words = {"", "environment", "a table of strings and whole numbers", "{}", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             read_environment(value, draft.definition.name, draft.definition.program.environment);
         }},
    {.words = {"", "environment_file", "a path or an array of paths", "[]", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.environment_file,
                   read_environment_files(value, draft.definition.name));
         }},
    {.words = {"", "pass_environment", "an array of names", "[]", ""},
     .change = Change::restart,
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.program.pass_environment, read_variable_names(value));
         }},
    later("", "after", "an array of jobs", "[]"),
    later("", "requires", "an array of jobs", "[]"),
    later("", "adopt", "a table", ""),

    {.words = {"restart", "policy", "a word", R"("on-failure")",
               R"("always", "on-failure" or "never")"},
     .read = read_policy},
    {.words = {"restart", "delay", duration_type, R"("0s")", R"("0s" to "365d")"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.delay, value.duration(no_time, a_year));
         }},
    {.words = {"restart", "backoff", duration_type, R"("100ms")", R"("0s" to "365d")"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.backoff, value.duration(no_time, a_year));
         }},
    {.words = {"restart", "max_backoff", duration_type, R"("1m")", R"("0s" to "365d")"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.max_backoff, value.duration(no_time, a_year));
         }},
    {.words = {"restart", "multiplier", "a number", "2.0", "1 to 1000"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.multiplier, value.number(1, 1000));
         }},
    {.words = {"restart", "jitter", "a number", "0.1", "0 to 1"},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.restart.jitter, value.number(0, 1)); }},
    {.words = {"restart", "reset_after", duration_type, R"("10s")", no_end_range},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.reset_after, value.duration(no_time, a_year, true));
         }},
    {.words = {"restart", "limit", "a whole number", "0", "0 to 1000"},
     .read = [](const Value& value,
                JobDraft& draft) { store_number(draft.definition.restart.limit, value, 0, 1000); }},
    {.words = {"restart", "window", duration_type, R"("10m")", R"("1ms" to "365d", or "infinity")"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.window,
                   value.duration(std::chrono::milliseconds(1), a_year, true));
         }},
    {.words = {"restart", "retry_after", duration_type, "", R"("1s" to "365d")"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.restart.retry_after, value.duration(seconds(1), a_year));
         }},
    {.words = {"restart", "success", "an array of exit codes and names of signals", "[0]", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.restart.success, read_ends(value)); }},
    {.words = {"restart", "fatal", "an array of exit codes and names of signals", "[]", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.restart.fatal, read_ends(value)); }},

    {.words = {"stop", "signal", "the name of a signal", R"("SIGTERM")", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.stop.signal, read_stop_signal(value)); }},
    {.words = {"stop", "timeout", duration_type, R"("10s")", no_end_range},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.stop.timeout, value.duration(no_time, a_year, true));
         }},
    {.words = {"stop", "scope", "a word", R"("main")", R"("main" or "all")"}, .read = read_scope},
    {.words = {"stop", "command", "an array of words, or one string", "", ""},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.stop.command, read_command(value, draft.definition.name));
         }},

    later("reload", "signal", "the name of a signal", ""),
    later("reload", "command", "an array of words, or one string", ""),
    later("reload", "watch", "an array of paths", "[]"),
    later("reload", "ignore", "an array of paths", "[]"),
    later("reload", "settle", duration_type, R"("500ms")"),
    later("reload", "on_change", "a word", R"("restart")"),

    later("ready", "when", "a word", R"("started")"),
    later("ready", "timeout", duration_type, R"("1m")"),

    later("health", "exec", "an array of words, or one string", ""),
    later("health", "http", "an address", ""),
    later("health", "tcp", "an address", ""),
    later("health", "unix", "a path", ""),
    later("health", "heartbeat", duration_type, ""),
    later("health", "interval", duration_type, R"("10s")"),
    later("health", "timeout", duration_type, R"("3s")"),
    later("health", "failures", "a whole number", "3"),
    later("health", "start_period", duration_type, R"("0s")"),

    limit("as"),
    limit("core"),
    limit("cpu"),
    limit("data"),
    limit("fsize"),
    limit("locks"),
    limit("memlock"),
    limit("msgqueue"),
    limit("nice"),
    limit("nofile"),
    limit("nproc"),
    limit("rss"),
    limit("rtprio"),
    limit("rttime"),
    limit("sigpending"),
    limit("stack"),

    later("resources", "memory_max", "a size", ""),
    later("resources", "cpu_max", "a share", ""),
    later("resources", "tasks_max", "a whole number", ""),
    later("resources", "restart_above_memory", "a size", ""),
    later("resources", "check_every", duration_type, R"("30s")"),
    later("resources", "max_lifetime", duration_type, ""),

    // To and from "none" is a change of the program too: it loses or gets its pipe.
    {.words = {"log", "target", "a word", R"("file")", R"("file", "journal", "inherit" or "none")"},
     .read = read_log_target},
    {.words = {"log", "path", "a path", "", "a name or beginning with /"},
     .read =
         [](const Value& value, JobDraft& draft) {
             store(draft.definition.log.path, read_log_path(value, draft.definition.name));
         }},
    {.words = {"log", "group", "a name or number", "", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.log.group, read_account(value)); }},
    {.words = {"log", "mode", "octal digits in a string", R"("0640")",
               R"("0200" to "0777", the owner may write)"},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.log.mode, read_log_mode(value)); }},
    {.words = {"log", "max_size", "a size", R"("10M")", log_size_range},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.log.max_size, read_log_size(value)); }},
    {.words = {"log", "keep", "a whole number", "5", "0 to 1000"},
     .read = [](const Value& value,
                JobDraft& draft) { store_number(draft.definition.log.keep, value, 0, 1000); }},
    {.words = {"log", "max_total", "a size", R"("infinity")", log_size_range},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.log.max_total, read_log_size(value)); }},
    {.words = {"log", "compress", "a word", R"("zstd")", R"("zstd" or "none")"},
     .read = read_log_compress},
    {.words = {"log", "timestamps", "true or false", "false", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.log.timestamps, value.boolean()); }},
    {.words = {"log", "stderr", "a word", R"("merged")", R"("merged" or "separate")"},
     .change = Change::restart,
     .read = read_log_stderr},
    {.words = {"log", "events", "true or false", "false", ""},
     .read = [](const Value& value,
                JobDraft& draft) { store(draft.definition.log.events, value.boolean()); }},

    later("hooks", "before_start", "an array of words, or one string", ""),
    later("hooks", "after_stop", "an array of words, or one string", ""),
    later("hooks", "on_exit", "an array of words, or one string", ""),
    later("hooks", "on_failed", "an array of words, or one string", ""),
    later("hooks", "on_unhealthy", "an array of words, or one string", ""),
    later("hooks", "on_recovered", "an array of words, or one string", ""),
});

}  // namespace

std::span<const JobKey> job_keys() {
    return keys;
}

}  // namespace respawnd::config
