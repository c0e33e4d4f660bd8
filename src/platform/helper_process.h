// Runs a function that may block in a short-lived process of its own: user databases that ask a
// directory service, files on a network mount. The loop polls a pipe for the bounded answer; a
// helper that hangs is killed with its handle and does no harm.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/result.h"
#include "platform/process_handle.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// Destroying it kills the process. One that does not die at once is reaped by the next
/// start_helper(), or by whoever sweeps up orphans.
class [[nodiscard]] HelperProcess {
  public:
    HelperProcess(HelperProcess&&) noexcept = default;
    HelperProcess& operator=(HelperProcess&&) noexcept;
    ~HelperProcess();

    [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
    /// For the loop: readable when read() may have something to say. It stays open as long as this.
    [[nodiscard]] int fd() const noexcept { return answers_.get(); }

    /// The answer, or that the helper has ended without a whole one; nothing while it works.
    [[nodiscard]] std::optional<core::Result<std::string>> read();

  private:
    friend core::Result<HelperProcess> start_helper(const std::function<std::string()>& question);
    HelperProcess(ProcessHandle process, UniqueFd answers)
        : process_(std::move(process)), answers_(std::move(answers)) {}
    void end() noexcept;

    ProcessHandle process_;
    UniqueFd answers_;
    std::string received_;
};

/// More than this is no answer.
inline constexpr std::size_t longest_answer = 16UL * 1024 * 1024;

/// Forks; the new process has default signals, an empty mask, no descriptors but the pipe and
/// /dev/null, and dies with this one. `question` must not use what belongs to the loop.
[[nodiscard]] core::Result<HelperProcess> start_helper(
    const std::function<std::string()>& question);

}  // namespace respawnd::platform
