// A folder of log files and the threads that work on it.
#pragma once

#include <atomic>
#include <string>

#include "logger/lane.h"
#include "logger/log_folder.h"
#include "platform/logger_protocol.h"

namespace respawnd::logger {

struct Disk {
    explicit Disk(const std::string& path_of_folder)
        : path(path_of_folder),
          folder(path_of_folder),
          lane(Lane::Kind::ordinary),
          compression(Lane::Kind::in_the_background) {}

    const std::string path;
    LogFolder folder;  ///< for the lane only
    Lane lane;
    Lane compression;
    /// For the loop only: it has told that the disk hangs, and what that has cost since.
    bool hang_is_told = false;
    std::uint64_t dropped = 0;
    /// Of all files in the folder together.
    std::atomic<std::uint64_t> max_total = platform::logger_protocol::no_limit;
};

/// Removes the oldest rotated files of a folder until all its log files take at most `limit` bytes
/// together, or none is left to remove. Log files are those whose names end in `.log`, and what
/// was rotated from them.
[[nodiscard]] core::Result<void> limit_folder(const LogFolder& folder, std::uint64_t limit);

}  // namespace respawnd::logger
