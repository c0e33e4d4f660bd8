// A time in front of each line: RFC 3339 with microseconds, always of the same length, so that how
// many lines are in a file can be told from how many bytes are.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace respawnd::logger {

/// "2026-11-29T16:20:00.123456+01:00 ", in the local time of the machine.
[[nodiscard]] std::string line_stamp(std::chrono::system_clock::time_point now);
inline constexpr std::size_t stamp_size = 33;

/// A longer line is cut into pieces of this size, each stamped.
inline constexpr std::size_t longest_line = 64 * 1024;

struct StampedLines {
    std::string text;
    std::size_t taken = 0;  ///< bytes of the lines that are in it
};
/// As many lines from the front of `lines` as give at most `room` bytes, but at least `least`
/// lines. A last piece without a line end gets one.
[[nodiscard]] StampedLines stamp_lines(std::string_view lines, std::string_view stamp,
                                       std::size_t room, std::size_t least);

struct StampedPart {
    std::size_t taken = 0;    ///< bytes of the lines that are whole in it
    std::size_t written = 0;  ///< bytes that these have with their stamps
};
/// How far one got who had `written` bytes of stamp_lines(lines) written.
[[nodiscard]] StampedPart part_of_stamped(std::string_view lines, std::size_t written);

}  // namespace respawnd::logger
