// zstd for rotated files, in one go from a descriptor to a descriptor.
#pragma once

#include "core/result.h"

namespace respawnd::logger {

/// Compresses all of `from` into `to`, which is empty, and has it on the disk before it returns, so
/// that the original may be removed then. Owner, mode and times are those of `from`.
[[nodiscard]] core::Result<void> compress(int from, int to);

}  // namespace respawnd::logger
