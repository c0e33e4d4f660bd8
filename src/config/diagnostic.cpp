#include "config/diagnostic.h"

#include <utility>

#include "config/printable_text.h"

namespace respawnd::config {

std::string render(const Diagnostic& diagnostic) {
    std::string text = diagnostic.file;
    if (diagnostic.line > 0) {
        text += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
    }
    text += ": error: " + diagnostic.message + "\n";
    if (!diagnostic.line_text.empty()) {
        text += "    " + diagnostic.line_text + "\n";
        text += "    " + std::string(diagnostic.caret, ' ') + "^\n";
    }
    if (!diagnostic.hint.empty()) {
        text += "    " + diagnostic.hint + "\n";
    }
    return text;
}

SourceText::SourceText(std::string_view file, std::string_view text)
    : file_(printable(file)), text_(text), line_starts_{0} {
    for (std::size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
        line_starts_.push_back(i + 1);
    }
}

Diagnostic SourceText::at(Position position, std::string message, std::string hint) const {
    ShownLine shown = shown_line(line(position.line), position.column);
    return {.file = file_,
            .line = position.line,
            .column = position.column,
            .line_text = std::move(shown.text),
            .caret = shown.caret,
            .message = std::move(message),
            .hint = std::move(hint)};
}

std::string_view SourceText::line(std::uint32_t number) const {
    if (number == 0 || number > line_starts_.size()) {
        return {};
    }
    std::string_view rest = text_.substr(line_starts_[number - 1]);
    rest = rest.substr(0, rest.find('\n'));
    if (rest.ends_with('\r')) {
        rest.remove_suffix(1);
    }
    return rest;
}

std::string_view SourceText::rest_of_line(Position position) const {
    std::string_view rest = line(position.line);
    for (std::uint32_t column = 1; column < position.column && !rest.empty(); ++column) {
        rest.remove_prefix(first_character(rest).bytes);
    }
    return rest;
}

}  // namespace respawnd::config
