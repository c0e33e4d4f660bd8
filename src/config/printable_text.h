// Foreign bytes made fit for a terminal and a log: what a file holds is shown, never obeyed.
// Control characters, invalid UTF-8 and characters that change the direction of writing come out
// as escapes. Pure; knows nothing of TOML.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace respawnd::config {

/// The first character of a text: its bytes, and whether they are valid UTF-8. An invalid one is
/// a single byte. The text must not be empty.
struct Character {
    char32_t point = 0;
    std::size_t bytes = 1;
    bool valid = true;
};
[[nodiscard]] Character first_character(std::string_view text);

/// True for what a terminal would act on instead of showing: controls, marks of direction.
[[nodiscard]] bool is_control(char32_t point);

/// `a\x1b[2J`: every byte that could do harm as an escape, everything else as it is.
[[nodiscard]] std::string printable(std::string_view text);

/// The text printable, cut where it is long, in double quotes: for the middle of a sentence.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The same without the quotes.
[[nodiscard]] std::string clipped(std::string_view text);

/// A line of a file as a message shows it, and where the caret belongs below it.
struct ShownLine {
    std::string text;
    std::size_t caret = 0;  ///< characters before the caret
};

/// The line printable and cut around `column` (counted in characters from 1).
[[nodiscard]] ShownLine shown_line(std::string_view line, std::size_t column);

}  // namespace respawnd::config
