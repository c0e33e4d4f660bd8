// The daemon as the measurements start and ask it.
#pragma once

#include <sys/types.h>

#include <string>

namespace respawnd::bench {

class MeasuredDaemon {
  public:
    /// Folders below `folder`, which must exist.
    explicit MeasuredDaemon(std::string folder);
    ~MeasuredDaemon();
    MeasuredDaemon(const MeasuredDaemon&) = delete;
    MeasuredDaemon& operator=(const MeasuredDaemon&) = delete;

    /// By rename(2) from beside the folder.
    void job(const std::string& name, const std::string& text) const;
    void start();
    /// SIGTERM and the end; returns nanoseconds.
    double stop();

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] pid_t logger() const;

  private:
    std::string folder_;
    pid_t pid_ = -1;
};

/// Private memory of a process in bytes: what it would give back.
[[nodiscard]] double private_bytes(pid_t pid);
/// Its proportional share of everything, in bytes.
[[nodiscard]] double pss_bytes(pid_t pid);
/// What all its threads have computed so far.
[[nodiscard]] double cpu_seconds(pid_t pid);
/// How often it went to sleep of its own.
[[nodiscard]] long wakeups(pid_t pid);

}  // namespace respawnd::bench
