// What /proc tells about a process. Every byte of it may have been chosen by the process: reads are
// bounded, and what is meant for people holds printable text only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace respawnd::platform {

struct ProcessStat {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    char state = '?';               ///< as in /proc/PID/stat: R, S, D, T, Z, ...
    std::uint64_t start_ticks = 0;  ///< since boot, in sysconf(_SC_CLK_TCK)
    std::string name;               ///< at most 15 bytes, printable
};

struct ProcessFacts {
    ProcessStat stat;
    uid_t uid = 0;             ///< effective
    std::string title;         ///< the command line in at most 80 bytes, printable; else [name]
    std::string command_line;  ///< as it is, words ended by null bytes, at most 4096 bytes
    std::string executable;    ///< empty if it may not be known; may end in " (deleted)"
    std::optional<std::string> generation;  ///< RESPAWND_GENERATION in its environment
    std::string output;  ///< what descriptor 1 is: "/dev/null", "pipe:[4711]"; empty if unknown
    std::string error;   ///< descriptor 2
};

/// Nothing when there is no such process. Never waits for the process.
[[nodiscard]] std::optional<ProcessStat> process_stat(pid_t pid);

/// The timer slack of a process in nanoseconds, which takes CAP_SYS_NICE (proc(5)); 0: may not be
/// known. Never waits for the process.
[[nodiscard]] std::uint64_t timer_slack_of(pid_t pid);

/// The same and more. Command line and environment are read from the memory of the process: one
/// that is held by a dead file system in the middle of a mmap(2) can make the reader wait.
/// process_stat() first tells a zombie and a process in state D from one worth asking.
[[nodiscard]] std::optional<ProcessFacts> process_facts(pid_t pid);

}  // namespace respawnd::platform
