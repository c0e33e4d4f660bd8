#include "core/exit_status.h"

#include "core/signal_name.h"

namespace respawnd::core {

std::string words(const ExitStatus& status) {
    switch (status.kind) {
        case ExitStatus::Kind::exited:
            return "exited " + std::to_string(status.number);
        case ExitStatus::Kind::signalled:
            return "killed by " + signal_name(status.number) +
                   (status.core_dumped ? " (core dumped)" : "");
        case ExitStatus::Kind::unknown:
            break;
    }
    return "ended with a status that nobody can tell";
}

}  // namespace respawnd::core
