// What stands in a log where output is missing.
#pragma once

#include <cstdint>
#include <string>

namespace respawnd::logger {

/// Without a line end.
[[nodiscard]] inline std::string drop_mark(std::uint64_t bytes, const std::string& reason) {
    return "respawn-logger: " + std::to_string(bytes) + " bytes dropped, " + reason;
}

}  // namespace respawnd::logger
