// Values of [log]: where the output of a job goes and how it is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/job_draft.h"
#include "config/value.h"

namespace respawnd::config {

void read_log_target(const Value& value, JobDraft& draft);
void read_log_stderr(const Value& value, JobDraft& draft);
void read_log_compress(const Value& value, JobDraft& draft);

/// A file name in the log folder, or a path from the root. It is in its shortest form, without
/// empty parts, `.` and `..`, so that equal files have equal paths as far as a text can tell.
[[nodiscard]] std::optional<std::string> read_log_path(const Value& value, std::string_view job);

/// Permissions that let the owner write.
[[nodiscard]] std::optional<std::uint32_t> read_log_mode(const Value& value);

/// Bytes, or "infinity".
[[nodiscard]] std::optional<std::uint64_t> read_log_size(const Value& value);

/// The name in the log folder that no job may take: the file of the daemon's own messages.
inline constexpr std::string_view own_log_name = "respawnd.log";

}  // namespace respawnd::config
