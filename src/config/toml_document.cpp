#include "config/toml_document.h"

// The parser asserts some things of its input before it checks them itself: `[a.=]` would end the
// daemon in a debug build, and be undefined behaviour in a release build by clang. Without the
// assertions its own check finds the mistake.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "config/config_limits.h"
#include "config/printable_text.h"

namespace respawnd::config {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Characters that no part of a TOML file may hold: the parser would name the place, but not what
/// is wrong.
std::optional<Diagnostic> bad_character(std::string_view text, const SourceText& source) {
    Position position;
    while (!text.empty()) {
        const Character character = first_character(text);
        if (!character.valid) {
            return source.at(position, "a byte that is not UTF-8",
                             "save the file in the encoding UTF-8");
        }
        if (character.point == 0) {
            return source.at(position, "a NUL byte", "this is not a text file");
        }
        text.remove_prefix(character.bytes);
        if (character.point == '\n') {
            ++position.line;
            position.column = 1;
        } else {
            ++position.column;
        }
    }
    return std::nullopt;
}

/// Follows strings, comments and brackets just far enough to know how deep the text nests.
class NestingMeter {
  public:
    explicit NestingMeter(std::string_view text) : text_(text) {}

    /// Where the text nests too deeply, as an offset.
    std::optional<std::size_t> too_deep_at() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                skip_string(c);
                continue;
            }
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
                continue;
            }
            count(c);
            if (brackets_ > deepest_brackets || dots_ >= longest_dotted_key) {
                return at_;
            }
            ++at_;
        }
        return std::nullopt;
    }

  private:
    void count(char c) {
        if (c == '[' || c == '{') {
            ++brackets_;
            dots_ = 0;
        } else if (c == ']' || c == '}') {
            brackets_ -= brackets_ > 0 ? 1 : 0;
        } else if (c == '.') {
            ++dots_;
        } else if (c == '=' || c == ',' || c == '\n') {
            dots_ = 0;
        }
    }

    // A string in single or tripled quotes. One that is not closed on its line is an error to the
    // parser, which stops there: what follows does not matter.
    void skip_string(char quote) {
        const std::string triple(3, quote);
        const bool is_long = text_.substr(at_).starts_with(triple);
        at_ += is_long ? 3 : 1;
        while (at_ < text_.size()) {
            if (text_[at_] == '\\' && quote == '"') {
                at_ = std::min(at_ + 2, text_.size());
            } else if (is_long && text_.substr(at_).starts_with(triple)) {
                at_ += 3;
                return;
            } else if (!is_long && (text_[at_] == quote || text_[at_] == '\n')) {
                ++at_;
                return;
            } else {
                ++at_;
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t brackets_ = 0;
    std::size_t dots_ = 0;
};

Position position_of(std::string_view text, std::size_t offset) {
    Position position;
    const std::string_view before = text.substr(0, offset);
    position.line += static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
    const std::size_t newline = before.rfind('\n');
    std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
    for (; !line.empty(); line.remove_prefix(first_character(line).bytes)) {
        ++position.column;
    }
    return position;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_bare_key(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of(std::string(letters) + "0123456789_-.") == std::string_view::npos;
}

/// The commonest mistake: a string without its quotes, as in `user = www-data` or `delay = 5s`.
std::string quotes_hint(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
        const std::size_t colon = line.find(':');
        const bool like_yaml =
            colon != std::string_view::npos && is_bare_key(trimmed(line.substr(0, colon)));
        return like_yaml ? "TOML has = between key and value" : "";
    }
    if (line.find("\u201C") != std::string_view::npos ||
        line.find("\u201D") != std::string_view::npos) {
        return "write straight quotes: \"";
    }
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (!is_bare_key(key) || value.empty() ||
        value.find_first_of("\"'[]{}") != std::string_view::npos) {
        return "";
    }
    for (const std::string_view word : {"true", "false"}) {
        const bool same = std::ranges::equal(value, word, [](char a, char b) {
            return (static_cast<unsigned char>(a) | 0x20) == b;
        });
        if (same) {
            return "write " + clipped(key) + " = " + std::string(word);
        }
    }
    constexpr std::size_t longest_example = 200;
    if (value.size() > longest_example) {
        return "";
    }
    return "a string stands in quotes: " + clipped(key) + " = " + toml_text(value);
}

// The parser quotes what it does not like, however long that is.
constexpr std::size_t longest_reason = 200;

/// The parser's sentence in the words of our other messages.
std::string syntax_message(std::string_view description) {
    constexpr std::string_view opening = "Error while parsing ";
    const std::size_t colon = description.find(": ");
    if (!description.starts_with(opening) || colon == std::string_view::npos) {
        return printable(description.substr(0, longest_reason));
    }
    const std::string_view what = description.substr(opening.size(), colon - opening.size());
    const std::string_view why = description.substr(colon + 2);
    const std::size_t first_quote = why.find('\'');
    const std::size_t last_quote = why.rfind('\'');
    if (why.starts_with("cannot redefine") && first_quote < last_quote) {
        const std::string name(why.substr(first_quote + 1, last_quote - first_quote - 1));
        return (what == "table header" ? "[" + clipped(name) + "]" : in_quotes(name)) +
               " is set a second time";
    }
    if (why.starts_with("unescaped control characters")) {
        return "this string is not closed on its line";
    }
    if (why.starts_with("could not determine value type")) {
        return "this is not a value";
    }
    return "this is not TOML: in the " + printable(what) + ", " +
           printable(why.substr(0, longest_reason));
}

Position position_of(const toml::source_position& position) {
    return {static_cast<std::uint32_t>(position.line), static_cast<std::uint32_t>(position.column)};
}

Diagnostic syntax_mistake(const toml::parse_error& error, std::string_view text,
                          const SourceText& source) {
    Position position = position_of(error.source().begin);
    const std::string_view line = source.line(position.line);
    std::string message = syntax_message(error.description());
    if (message.ends_with("second time")) {
        // The parser stands behind the key by then.
        const std::size_t first = line.find_first_not_of(" \t");
        position.column =
            first == std::string_view::npos ? 1 : static_cast<std::uint32_t>(first) + 1;
        return source.at(position, std::move(message));
    }
    if (text.starts_with("#!")) {
        return source.at(
            position, std::move(message),
            "this looks like a script; a job file names it: command = \"/path/to/it\"");
    }
    return source.at(position, std::move(message), quotes_hint(line));
}

Node converted(const toml::node& node);

Table converted_table(const toml::table& table) {
    Table result;
    result.is_inline = table.is_inline();
    result.entries.reserve(table.size());
    for (const auto& [key, value] : table) {
        result.entries.push_back({.key = std::string(key.str()),
                                  .at = position_of(key.source().begin),
                                  .value = converted(value)});
    }
    std::ranges::stable_sort(result.entries, {}, &Entry::at);
    return result;
}

Node converted(const toml::node& node) {
    Node result{.at = position_of(node.source().begin), .value = Date{}};
    if (const auto* text = node.as_string()) {
        result.value = text->get();
    } else if (const auto* integer = node.as_integer()) {
        result.value = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
        result.value = number->get();
    } else if (const auto* yes = node.as_boolean()) {
        result.value = yes->get();
    } else if (const auto* array = node.as_array()) {
        Array items;
        items.reserve(array->size());
        for (const toml::node& item : *array) {
            items.push_back(converted(item));
        }
        result.value = std::move(items);
    } else if (const auto* table = node.as_table()) {
        result.value = converted_table(*table);
    }
    return result;
}

}  // namespace

std::expected<Table, Diagnostic> parse_toml(std::string_view text, const SourceText& source) {
    if (text.size() > largest_file) {
        return std::unexpected(Diagnostic{.file = source.file(),
                                          .line_text = {},
                                          .message = "the file is larger than 1 MiB",
                                          .hint = "this is hardly the file that was meant"});
    }
    if (auto bad = bad_character(text, source)) {
        return std::unexpected(*std::move(bad));
    }
    if (const auto offset = NestingMeter(text).too_deep_at()) {
        return std::unexpected(source.at(position_of(text, *offset), "this is nested too deeply"));
    }
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        return std::unexpected(syntax_mistake(parsed.error(), text, source));
    }
    return converted_table(parsed.table());
}

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

}  // namespace respawnd::config
