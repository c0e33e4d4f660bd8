#include "logger/rotation.h"

#include <algorithm>
#include <ranges>

namespace respawnd::logger {

std::string rotated_name(const std::string& name, Rotated rotated) {
    return name + "." + std::to_string(rotated.number) + (rotated.is_compressed ? ".zst" : "");
}

std::string unfinished_name(const std::string& name) {
    return "." + name + ".zst.unfinished";
}

std::vector<RotationStep> rotation_steps(const std::string& name, std::span<const Rotated> present,
                                         std::uint64_t keep) {
    std::vector<RotationStep> steps;
    const auto is_there = [&](std::uint64_t number, bool is_compressed) {
        return std::ranges::find(present, Rotated{number, is_compressed}) != present.end();
    };
    std::vector<Rotated> stay;
    for (const Rotated& file : present) {
        // Both forms are there when the logger was killed after the compressed one was whole.
        const bool is_doubled = !file.is_compressed && is_there(file.number, true);
        if (file.number > keep || is_doubled) {
            steps.push_back({rotated_name(name, file), ""});
        } else {
            stay.push_back(file);
        }
    }
    // Up to the first gap: beyond it nothing has to move.
    std::ranges::sort(stay, {}, &Rotated::number);
    std::uint64_t next = 1;
    const auto end =
        std::ranges::find_if(stay, [&](const Rotated& file) { return file.number != next++; });
    for (const Rotated& file : std::ranges::subrange(stay.begin(), end) | std::views::reverse) {
        const bool has_room = file.number < keep;
        steps.push_back(
            {rotated_name(name, file),
             has_room ? rotated_name(name, {file.number + 1, file.is_compressed}) : ""});
    }
    steps.push_back({name, keep == 0 ? "" : rotated_name(name, {1, false})});
    return steps;
}

}  // namespace respawnd::logger
