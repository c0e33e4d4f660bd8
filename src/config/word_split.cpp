#include "config/word_split.h"

#include <algorithm>
#include <array>
#include <optional>

#include "config/printable_text.h"

namespace respawnd::config {
namespace {

constexpr std::string_view blanks = " \t\n\r";
constexpr std::string_view array_hint =
    R"(in an array of words nothing is special: ["/bin/echo", "it's"])";

bool is_operator(std::string_view word) {
    constexpr auto operators =
        std::to_array<std::string_view>({"|", "||", "|&", "&", "&&", ";", ";;", "(", ")"});
    if (std::ranges::find(operators, word) != operators.end()) {
        return true;
    }
    // A redirection, with or without its number and its file: 2>&1, >>log, &>all, </dev/null.
    word.remove_prefix(std::min(word.find_first_not_of("0123456789"), word.size()));
    if (word.starts_with('&')) {
        word.remove_prefix(1);
    }
    return word.starts_with('<') || word.starts_with('>');
}

/// Cuts one word after the other from the front of a text.
class WordCutter {
  public:
    explicit WordCutter(std::string_view text) : rest_(text) { skip_blanks(); }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    std::expected<std::string, TextMistake> next() {
        word_.clear();
        was_quoted_ = false;
        while (!rest_.empty() && blanks.find(rest_.front()) == std::string_view::npos) {
            if (auto mistake = take_piece()) {
                return std::unexpected(*std::move(mistake));
            }
        }
        skip_blanks();
        if (!was_quoted_ && is_operator(word_)) {
            return std::unexpected(
                TextMistake{"holds " + in_quotes(word_) + ", which only a shell understands",
                            R"(no shell is run; use command = ["/bin/sh", "-c", "exec …"])"});
        }
        return word_;
    }

  private:
    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    }

    std::optional<TextMistake> take_piece() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c != '\'' && c != '"' && c != '\\') {
            word_ += c;
            return std::nullopt;
        }
        was_quoted_ = true;
        if (c == '\\') {
            return take_escaped();
        }
        return c == '\'' ? take_single_quoted() : take_double_quoted();
    }

    std::optional<TextMistake> take_escaped() {
        if (rest_.empty()) {
            return TextMistake{"ends in a backslash", std::string(array_hint)};
        }
        // A backslash before a newline joins the lines.
        if (rest_.front() != '\n') {
            word_ += rest_.front();
        }
        rest_.remove_prefix(1);
        return std::nullopt;
    }

    std::optional<TextMistake> take_single_quoted() {
        const std::size_t end = rest_.find('\'');
        if (end == std::string_view::npos) {
            return TextMistake{"holds a single quote that is not closed", std::string(array_hint)};
        }
        word_ += rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return std::nullopt;
    }

    std::optional<TextMistake> take_double_quoted() {
        constexpr std::string_view escapable = "\"\\$`";
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') {
                return std::nullopt;
            }
            const bool escape = c == '\\' && !rest_.empty();
            if (escape && rest_.front() == '\n') {
                rest_.remove_prefix(1);
            } else if (escape && escapable.find(rest_.front()) != std::string_view::npos) {
                word_ += rest_.front();
                rest_.remove_prefix(1);
            } else {
                word_ += c;
            }
        }
        return TextMistake{"holds a double quote that is not closed", std::string(array_hint)};
    }

    std::string_view rest_;
    std::string word_;
    bool was_quoted_ = false;
};

}  // namespace

std::expected<std::vector<std::string>, TextMistake> split_words(std::string_view text) {
    std::vector<std::string> words;
    WordCutter cutter(text);
    while (!cutter.at_end()) {
        auto word = cutter.next();
        if (!word) {
            return std::unexpected(std::move(word).error());
        }
        words.push_back(*std::move(word));
    }
    return words;
}

}  // namespace respawnd::config
