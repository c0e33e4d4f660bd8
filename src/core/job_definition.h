// What the operator asked for: one job file, read and checked, every default filled in. Plain
// values; config/job_reader makes them, and nothing changes one afterwards.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace respawnd::core {

/// A value of [limits]: setrlimit(2). `infinity` is RLIM_INFINITY.
struct ResourceLimit {
    int resource = 0;  ///< RLIMIT_NOFILE and the like
    std::string name;  ///< "nofile"
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
    bool operator==(const ResourceLimit&) const = default;
};

/// A line of `environment_file`: the path, and whether it may be missing (`-` in front).
struct EnvironmentFile {
    std::string path;
    bool may_be_missing = false;
    bool operator==(const EnvironmentFile&) const = default;
};

/// Everything that a running program sees of its definition. A change of it restarts the
/// instances; a change of anything else in the definition applies to a running program as it is.
/// Words may hold %n, %i and %%, which core/placeholder expands for each instance.
struct Program {
    std::vector<std::string> command;                              ///< never empty
    std::optional<std::string> user;                               ///< none: the daemon's
    std::optional<std::string> group;                              ///< none: the user's own
    std::optional<std::vector<std::string>> supplementary_groups;  ///< none: the user's own
    std::string directory = "/";
    std::uint32_t umask = 0022;
    std::vector<std::string> runtime_directory;  ///< relative names below /run
    std::vector<std::string> state_directory;    ///< relative names below /var/lib
    int nice = 0;                                ///< -20 to 19
    int oom_score_adj = 0;                       ///< -1000 to 1000
    bool no_new_privileges = false;
    std::optional<std::vector<int>>
        capabilities;  ///< capability numbers; none: all that the user has
    std::map<std::string, std::string> environment;
    std::vector<EnvironmentFile> environment_file;
    std::vector<std::string> pass_environment;
    std::vector<ResourceLimit> limits;
    std::string path;        ///< PATH; empty: the usual one, which need not be kept for every job
    bool has_output = true;  ///< false for `target = "none"`: standard output is /dev/null
    bool separate_stderr = false;  ///< `stderr = "separate"`, and there is an output
    bool operator==(const Program&) const = default;
};

enum class RestartPolicy : std::uint8_t { always, on_failure, never };

/// An exit code or a signal, as the lists `success` and `fatal` hold them.
struct EndMatch {
    enum class Kind { exit_code, signal };
    Kind kind = Kind::exit_code;
    int number = 0;
    auto operator<=>(const EndMatch&) const = default;
};

struct RestartSettings {
    RestartPolicy policy = RestartPolicy::on_failure;
    std::uint32_t limit = 0;  ///< 0: no limit
    Duration delay{0};
    Duration backoff = std::chrono::milliseconds(100);
    Duration max_backoff = std::chrono::minutes(1);
    double multiplier = 2.0;
    double jitter = 0.1;
    Duration reset_after = std::chrono::seconds(10);
    Duration window = std::chrono::minutes(10);
    std::optional<Duration> retry_after;
    std::vector<EndMatch> success{{EndMatch::Kind::exit_code, 0}};
    std::vector<EndMatch> fatal;
    bool operator==(const RestartSettings&) const = default;
};

enum class StopScope { main, all };

struct StopSettings {
    int signal = 15;  ///< SIGTERM
    Duration timeout = std::chrono::seconds(10);
    StopScope scope = StopScope::main;
    std::vector<std::string> command;  ///< empty: none
    bool operator==(const StopSettings&) const = default;
};

enum class LogTarget : std::uint8_t { file, journal, inherit, none };

enum class LogCompression : std::uint8_t { zstd, none };

/// `max_size`: a file that is never rotated by itself.
inline constexpr std::uint64_t unlimited_size = std::numeric_limits<std::uint64_t>::max();

/// [log]: where the output goes and how it is kept. All of it applies to a running program; what
/// one would see, whether it has an output and whether standard error is one of its own, is in
/// Program.
struct LogSettings {
    std::optional<std::string> path;   ///< may hold %n and %i; none: NAME.log in the log folder
    std::optional<std::string> group;  ///< none: "adm" where it exists
    std::uint64_t max_size = 10 * 1024 * 1024;  ///< bytes, at least 4096; or unlimited_size
    std::uint64_t max_total = unlimited_size;   ///< bytes, all files of the job together
    std::uint32_t mode = 0640;
    std::uint32_t keep = 5;  ///< rotated files, at most 1000
    LogTarget target = LogTarget::file;
    LogCompression compress = LogCompression::zstd;
    bool timestamps = false;
    bool events = false;
    bool operator==(const LogSettings&) const = default;
};

struct JobDefinition {
    std::string name;
    std::string description;
    bool enabled = true;
    std::uint32_t instances = 1;
    std::uint32_t first_instance = 1;
    Program program;
    RestartSettings restart;
    StopSettings stop;
    LogSettings log;
    bool operator==(const JobDefinition&) const = default;
};

/// One running copy of a job.
struct InstanceName {
    std::string job;
    std::uint32_t number = 1;
    auto operator<=>(const InstanceName&) const = default;
};

/// `mailer` when the job has one instance, else `mailer@2`.
[[nodiscard]] std::string full_name(const InstanceName& instance, std::uint32_t instances);

}  // namespace respawnd::core
