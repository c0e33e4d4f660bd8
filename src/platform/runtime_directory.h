// The folders that the daemon itself needs.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// The path of a socket below it has to fit into the 107 bytes of sockaddr_un.
inline constexpr std::size_t longest_runtime_path = 80;

/// Makes `path` (0755; 0700 for an ordinary user) and its folder `output` where they are missing,
/// and sees that they are ours and nobody else may write in them. Returns `output`.
[[nodiscard]] core::Result<UniqueFd> make_runtime_directory(const std::string& path);

/// Removes the FIFOs and spools that an earlier daemon left in `output`; returns how many spools
/// still had something in them. To be called under the lock.
[[nodiscard]] std::size_t remove_old_outputs(const UniqueFd& output);

/// Makes the folder of log files where it is missing, 0755. One that exists is used as it is.
[[nodiscard]] core::Result<void> make_log_directory(const std::string& path);

}  // namespace respawnd::platform
