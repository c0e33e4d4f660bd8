// A respawn-logger whose calls that touch a file, a name or a FIFO are counted, and which is killed
// by SIGKILL in place of the one that it is told. It runs under ptrace(2), so that it stands still
// while a call is counted.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>

namespace respawnd::logger {

class CountedLogger {
  public:
    /// `control` is its end of the socket pair, and stays the caller's.
    CountedLogger(const std::string& log_folder, int control);
    CountedLogger(const CountedLogger&) = delete;
    CountedLogger& operator=(const CountedLogger&) = delete;
    ~CountedLogger();

    struct Run {
        std::size_t calls = 0;  ///< counted, with the one that it was killed in place of
        bool was_killed = false;
        int exit_code = -1;
    };
    /// Runs it to its end; 0: it is not killed. Counted are the calls of its threads for disks, and
    /// what the loop moves out of a FIFO that `has_bytes`. `meanwhile` is called again and again.
    [[nodiscard]] Run run(std::size_t kill_at, const std::function<bool()>& has_bytes,
                          const std::function<void()>& meanwhile);

    /// Why no process can be traced here; empty: it can.
    [[nodiscard]] static std::string problem();

  private:
    [[nodiscard]] bool is_counted(pid_t thread, const std::function<bool()>& has_bytes) const;

    pid_t pid_ = -1;
};

}  // namespace respawnd::logger
