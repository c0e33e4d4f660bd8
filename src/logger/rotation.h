// What a rotation does, step by step: NAME becomes NAME.1, NAME.1 becomes NAME.2, and so on, with
// `.zst` behind those that are compressed. Each step leaves every byte under one name, whenever the
// logger is killed between two of them; the next rotation goes on from what it finds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace respawnd::logger {

/// A rotated file that is there.
struct Rotated {
    std::uint64_t number = 0;
    bool is_compressed = false;
    bool operator==(const Rotated&) const = default;
};

struct RotationStep {
    std::string from;
    std::string to;  ///< empty: `from` is removed
    bool operator==(const RotationStep&) const = default;
};

[[nodiscard]] std::string rotated_name(const std::string& name, Rotated rotated);
/// Under which a file is compressed, until it is whole.
[[nodiscard]] std::string unfinished_name(const std::string& name);

/// The steps that make room for a new file, in their order. `present` in any order.
[[nodiscard]] std::vector<RotationStep> rotation_steps(const std::string& name,
                                                       std::span<const Rotated> present,
                                                       std::uint64_t keep);

}  // namespace respawnd::logger
