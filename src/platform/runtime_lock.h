// One daemon a run-time directory: an fcntl(2) lock on its file `lock`, held for life. The kernel
// releases it whatever ends the process, so that a stale file never keeps a daemon from starting.
#pragma once

#include <string>
#include <variant>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// The pid of the daemon that holds the lock; 0 if it cannot be told.
struct HeldBy {
    int pid = 0;
};

class RuntimeLock {
  public:
    /// Takes the lock on the file `lock` in the folder and writes our pid into it. HeldBy is no
    /// error of the system: another daemon has it.
    [[nodiscard]] static core::Result<std::variant<RuntimeLock, HeldBy>> take(
        const std::string& runtime_directory);

    [[nodiscard]] static std::string path_in(const std::string& runtime_directory);
    /// False once the file has been removed, or the folder replaced: then a second daemon would
    /// find no lock there.
    [[nodiscard]] bool is_in(const std::string& runtime_directory) const;

  private:
    explicit RuntimeLock(UniqueFd file) : file_(std::move(file)) {}

    // Closing any descriptor of the file would release the lock: nobody else opens it.
    UniqueFd file_;
};

}  // namespace respawnd::platform
