#include "core/environment_file.h"

#include <algorithm>
#include <optional>

namespace respawnd::core {
namespace {

constexpr std::size_t longest_shown = 40;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(std::string_view text) {
    const auto fits = [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, fits);
}

/// A piece of the file for a message: the file may hold anything.
std::string shown(std::string_view text) {
    std::string result;
    for (const char c : text.substr(0, longest_shown)) {
        const auto byte = static_cast<unsigned char>(c);
        result += byte < 0x20 || byte >= 0x7f ? '?' : c;
    }
    return '"' + result + (text.size() > longest_shown ? "...\"" : "\"");
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    EnvironmentFileContent read() {
        while (!at_end()) {
            skip_blanks();
            begin_ = line_;
            if (at_end()) {
                break;
            }
            if (peek() == '\n') {
                take();
            } else if (peek() == '#' || peek() == ';') {
                skip_comment();
            } else {
                read_assignment();
            }
        }
        return std::move(content_);
    }

  private:
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return text_[at_]; }
    char take() {
        const char c = text_[at_++];
        line_ += c == '\n' ? 1 : 0;
        return c;
    }
    void skip_blanks() {
        while (!at_end() && is_blank(peek())) {
            take();
        }
    }
    void skip_line() {
        while (!at_end() && take() != '\n') {
        }
    }
    /// A backslash at its end makes the next line part of a comment.
    void skip_comment() {
        while (!at_end()) {
            const char c = take();
            if (c == '\n') {
                return;
            }
            if (c == '\\' && !at_end()) {
                take();
            }
        }
    }
    void complain(std::string message) {
        content_.mistakes.push_back({begin_, std::move(message)});
    }

    void read_assignment() {
        const std::size_t line_end = std::min(text_.find('\n', at_), text_.size());
        const std::string_view line = text_.substr(at_, line_end - at_);
        const std::size_t equals = line.find('=');
        const std::string_view name = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos) {
            complain(shown(trimmed(line)) + " is not NAME=value");
            skip_line();
            return;
        }
        const bool good_name = is_name(name);
        if (!good_name) {
            complain(name.starts_with("export ")
                         ? "write NAME=value without \"export\": no shell reads this file"
                         : shown(name) + " is not a name of a variable");
        }
        at_ += equals + 1;
        // The value of a bad name is read too: it may go on over several lines.
        const std::optional<std::string> value = read_value();
        if (!good_name || !value) {
            return;
        }
        if (value->find('\0') != std::string::npos) {
            complain("the value of " + std::string(name) + " holds a null byte");
            return;
        }
        content_.variables[std::string(name)] = *value;
    }

    /// Nothing when a quote is not closed, which has been told then.
    std::optional<std::string> read_value() {
        std::string value;
        for (;;) {
            skip_blanks();
            if (at_end() || peek() == '\n') {
                break;
            }
            if (peek() == '\'' || peek() == '"') {
                if (!read_quoted(take(), value)) {
                    return std::nullopt;
                }
                continue;
            }
            read_plain(value);
            break;
        }
        if (!at_end()) {
            take();
        }
        return value;
    }

    bool read_quoted(char quote, std::string& value) {
        while (!at_end()) {
            const char c = take();
            if (c == quote) {
                return true;
            }
            if (c != '\\' || quote == '\'' || at_end()) {
                value += c;
                continue;
            }
            const char next = take();
            if (next == '\n') {
                continue;
            }
            if (std::string_view("\"\\`$").find(next) == std::string_view::npos) {
                value += '\\';
            }
            value += next;
        }
        complain("the quote that begins here is not closed");
        return false;
    }

    /// Up to the end of the line; blanks at its end are dropped unless a backslash made them plain.
    void read_plain(std::string& value) {
        std::size_t kept = value.size();
        while (!at_end() && peek() != '\n') {
            char c = take();
            if (c == '\\' && !at_end()) {
                c = take();
                if (c == '\r' && !at_end() && peek() == '\n') {
                    c = take();
                }
                if (c != '\n') {
                    value += c;
                    kept = value.size();
                }
                continue;
            }
            value += c;
            kept = is_blank(c) ? kept : value.size();
        }
        value.resize(kept);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t begin_ = 1;
    EnvironmentFileContent content_;
};

}  // namespace

EnvironmentFileContent parse_environment_file(std::string_view text) {
    return Reader(text).read();
}

}  // namespace respawnd::core
