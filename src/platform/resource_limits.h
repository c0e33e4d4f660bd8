// Limits of this process that matter to the daemon and its children: setrlimit(2).
#pragma once

#include <cstdint>
#include <optional>

#include "core/result.h"

namespace respawnd::platform {

struct DescriptorLimit {
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

/// Raises the soft limit of open descriptors to the hard one and remembers what it was, once a
/// process: children get it back (ChildPlan), because programs that use select(2) break above 1024.
[[nodiscard]] core::Result<void> raise_descriptor_limit();

/// What raise_descriptor_limit() found; nothing before it was called.
[[nodiscard]] std::optional<DescriptorLimit> original_descriptor_limit();

}  // namespace respawnd::platform
