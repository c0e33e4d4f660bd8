#include "logger/line_stamp.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace respawnd::logger {
namespace {

/// The first line with its end, or a piece of one that is too long.
std::string_view first_line(std::string_view lines) {
    const std::size_t end = lines.substr(0, longest_line).find('\n');
    return lines.substr(0, end == std::string_view::npos ? longest_line : end + 1);
}

std::size_t stamped_size(std::string_view line) {
    return stamp_size + line.size() + (line.ends_with('\n') ? 0 : 1);
}

}  // namespace

std::string line_stamp(std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const auto second = floor<seconds>(now);
    const auto micros = duration_cast<microseconds>(now - second).count();
    const std::time_t time = system_clock::to_time_t(second);
    std::tm local{};
    ::localtime_r(&time, &local);
    constexpr int minutes_an_hour = 60;
    constexpr int first_year = 1900;
    const long offset = local.tm_gmtoff / minutes_an_hour;
    const long distance = std::abs(offset);
    std::array<char, 128> text{};  // more than it can become, which the compiler cannot see
    (void)std::snprintf(
        text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06ld%c%02ld:%02ld ",
        std::clamp(local.tm_year + first_year, 0, 9999), local.tm_mon + 1, local.tm_mday,
        local.tm_hour, local.tm_min, local.tm_sec, static_cast<long>(micros),
        offset < 0 ? '-' : '+', distance / minutes_an_hour, distance % minutes_an_hour);
    return {text.data(), stamp_size};
}

StampedLines stamp_lines(std::string_view lines, std::string_view stamp, std::size_t room,
                         std::size_t least) {
    StampedLines stamped;
    for (std::size_t count = 0; stamped.taken < lines.size(); ++count) {
        const std::string_view line = first_line(lines.substr(stamped.taken));
        if (count >= least && stamped.text.size() + stamped_size(line) > room) {
            break;
        }
        stamped.text += stamp;
        stamped.text += line;
        if (!line.ends_with('\n')) {
            stamped.text += '\n';
        }
        stamped.taken += line.size();
    }
    return stamped;
}

StampedPart part_of_stamped(std::string_view lines, std::size_t written) {
    StampedPart part;
    while (part.taken < lines.size()) {
        const std::string_view line = first_line(lines.substr(part.taken));
        const std::size_t size = stamped_size(line);
        if (part.written + size > written) {
            break;
        }
        part.written += size;
        part.taken += line.size();
    }
    return part;
}

}  // namespace respawnd::logger
