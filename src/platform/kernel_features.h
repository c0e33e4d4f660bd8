// What this kernel has beyond Linux 5.10, the oldest that is supported, and which a container's
// filter may refuse. Each is tried once; everything has a fall-back. For `respawnd --version`.
#pragma once

#include <string>
#include <vector>

namespace respawnd::platform {

struct KernelFeature {
    std::string name;
    std::string since;     ///< the kernel that brought it: "5.3"
    std::string used_for;  ///< in a few words
    bool available = false;
};

[[nodiscard]] std::vector<KernelFeature> probe_kernel_features();

}  // namespace respawnd::platform
