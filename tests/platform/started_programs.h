// What the tests of starting share: a starter's child followed to its end, a program's output, a
// process of its own for a test that changes itself, and a seccomp filter that plays the kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/child_process.h"

namespace respawnd::platform::testing {

/// A folder that is removed with all it holds. World-searchable, for jobs of other users.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name, const std::string& content,
                                   unsigned mode = 0755) const;
    [[nodiscard]] std::string folder(const std::string& name, unsigned mode = 0755) const;

  private:
    std::string path_;
};

/// Waits, with a generous limit, until the descriptor is readable or at its end.
[[nodiscard]] bool wait_readable(int fd);
/// Waits, with a generous limit, until the question is answered with yes.
[[nodiscard]] bool wait_until(const std::function<bool()>& question);

[[nodiscard]] StartOutcome outcome_of(StartedChild& child);
[[nodiscard]] core::ExitStatus end_of(ProcessHandle& process);
[[nodiscard]] core::ExitStatus end_of(StartedChild& child);

/// A request that runs a shell script with nothing but PATH in the environment.
[[nodiscard]] ChildRequest shell(const std::string& script);
[[nodiscard]] ChildRequest command(std::vector<std::string> words);

/// What the program writes, once it and everybody who holds its output has ended. Fails the test
/// when it does not come to run.
[[nodiscard]] std::string output_of(ChildRequest request, ChildStarter::Ways ways = {});

/// The sentence of a start that has to fail.
[[nodiscard]] std::string failure_of(ChildRequest request, ChildStarter::Ways ways = {});

/// Runs `body` in a forked process. What it returns is the complaint, empty if all is well; a
/// process that dies complains too.
[[nodiscard]] std::string in_own_process(const std::function<std::string()>& body);

/// From here on, this process and its children get `error` from a system call, if its first
/// argument is the one given.
[[nodiscard]] bool refuse(long system_call, int error,
                          std::optional<std::uint32_t> first_argument = std::nullopt);
/// From here on, whoever makes this system call hangs in it until killed.
[[nodiscard]] bool hang_in(long system_call);

[[nodiscard]] bool is_root();

/// Somebody without rights and without an entry in any database.
[[nodiscard]] Identity stranger();

}  // namespace respawnd::platform::testing
