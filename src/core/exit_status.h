// How a process ended, in numbers and in words.
#pragma once

#include <string>

namespace respawnd::core {

struct ExitStatus {
    enum class Kind { exited, signalled, unknown };
    Kind kind = Kind::unknown;
    int number = 0;  ///< exit code or signal number
    bool core_dumped = false;
    bool operator==(const ExitStatus&) const = default;
};

/// `exited 3`, `killed by SIGSEGV (core dumped)`, `ended with a status that nobody can tell`.
[[nodiscard]] std::string words(const ExitStatus& status);

}  // namespace respawnd::core
