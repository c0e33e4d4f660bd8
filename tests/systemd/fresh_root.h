// The tree that a booted systemd sees: an overlay over this machine's, of which nothing that is
// written reaches the machine, with a file system of its own wherever a machine has one.
#pragma once

#include <string>

namespace respawnd::tests {

struct FreshRoot {
    std::string top;      ///< an empty folder to build it in
    std::string sources;  ///< this project's tree, visible at its own path
    std::string build;    ///< what was built, at its own path; its `src` has the programs
    std::string shared;   ///< outside folder that is /srv inside
    std::string logs;     ///< outside folder that is /var/log inside
    /// Installs programs and unit before the boot; otherwise a test does it.
    bool is_installed = true;
};

/// Builds it and makes it the root of this process. For a process that is alone in fresh mount,
/// process, cgroup and network namespaces: it says what failed on standard error and exits.
void enter_fresh_root(const FreshRoot& root);

}  // namespace respawnd::tests
