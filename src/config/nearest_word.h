// The word that somebody meant who wrote another one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace respawnd::config {

/// How many letters have to be added, dropped, replaced or swapped with their neighbour. Capital
/// and small letters are the same, and so are `-` and `_`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, if one is near enough to be what was meant.
[[nodiscard]] std::optional<std::string_view> nearest_word(
    std::string_view word, std::span<const std::string_view> candidates);

}  // namespace respawnd::config
