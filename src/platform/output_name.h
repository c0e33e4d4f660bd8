// How the parts of a run's output are named in the run-time directory, `output/`: the generation in
// 16 hexadecimal digits, `.err` behind it for a standard error that goes its own way, and `.spool`
// for what has left the FIFO and is not in its log yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace respawnd::platform {

inline constexpr std::string_view spool_ending = ".spool";

enum class Channel : std::uint8_t {
    output = 0,  ///< standard output, and standard error where the two are merged
    error = 1,   ///< standard error alone
};

struct OutputName {
    std::uint64_t generation = 0;
    Channel channel = Channel::output;
    auto operator<=>(const OutputName&) const = default;
};

[[nodiscard]] std::string fifo_name(OutputName name);
[[nodiscard]] std::string spool_name(OutputName name);

/// Whose FIFO has this name; generation 0: nobody's.
[[nodiscard]] OutputName output_name_from(std::string_view fifo_name);

}  // namespace respawnd::platform
