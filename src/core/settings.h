// respawnd.toml, read and checked, every default filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.h"

namespace respawnd::core {

enum class OwnLogLevel { debug, info, warning, error };
enum class OwnLogTarget { automatic, journal, file, stderr_ };

/// The daemon's own messages.
struct OwnLogSettings {
    OwnLogLevel level = OwnLogLevel::info;
    OwnLogTarget target = OwnLogTarget::automatic;
    std::optional<std::string> file;  ///< none: LOGDIR/respawnd.log
    bool operator==(const OwnLogSettings&) const = default;
};

/// PATH of jobs where the settings name none.
inline constexpr const char* usual_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Settings {
    Duration shutdown_timeout = std::chrono::seconds(90);
    std::string path = usual_path;
    std::uint32_t max_jobs = 10000;
    std::uint32_t max_instances = 10000;
    OwnLogSettings log;
    std::optional<std::uint64_t> log_max_total;  ///< bytes, all logs of jobs together
    bool operator==(const Settings&) const = default;
};

}  // namespace respawnd::core
