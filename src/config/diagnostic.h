// A mistake in a file, told so that whoever wrote the file can mend it: where, the line itself,
// what is wrong, and what to write instead. Everything in it is printable.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace respawnd::config {

/// A place in a text, both counted from 1; the column in characters.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    auto operator<=>(const Position&) const = default;
};

struct Diagnostic {
    std::string file;
    std::uint32_t line = 0;  ///< 0: the mistake is about the file as a whole
    std::uint32_t column = 0;
    std::string line_text;  ///< printable, cut around the column
    std::size_t caret = 0;  ///< where in `line_text` the column is
    std::string message;
    std::string hint;  ///< what to write instead; may be empty
    bool operator==(const Diagnostic&) const = default;
};

/// `FILE:LINE:COLUMN: error: MESSAGE`, the line, a caret below the column, and the hint; lines end
/// in a newline.
[[nodiscard]] std::string render(const Diagnostic& diagnostic);

/// The text of a file, as the place where mistakes are found. Borrows the text.
class SourceText {
  public:
    SourceText(std::string_view file, std::string_view text);

    [[nodiscard]] Diagnostic at(Position position, std::string message,
                                std::string hint = {}) const;
    /// The line without its end; empty when there is none of that number.
    [[nodiscard]] std::string_view line(std::uint32_t number) const;
    /// What stands on the line from the position on.
    [[nodiscard]] std::string_view rest_of_line(Position position) const;
    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    std::string file_;
    std::string_view text_;
    std::vector<std::size_t> line_starts_;
};

}  // namespace respawnd::config
