// A TOML document as plain values that know where they stand. What the rest of the program sees
// of a file; the parser is known to toml_document alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/diagnostic.h"

namespace respawnd::config {

struct Node;
struct Entry;

using Array = std::vector<Node>;

/// Entries in the order in which they stand in the file.
struct Table {
    std::vector<Entry> entries;
    bool is_inline = false;  ///< { a = 1 }, which cannot swallow the keys that follow it
};

/// TOML's dates and times, which no key takes.
struct Date {};

struct Node {
    Position at;
    std::variant<std::string, std::int64_t, double, bool, Date, Array, Table> value;
};

struct Entry {
    std::string key;
    Position at;  ///< of the key
    Node value;
};

/// `a string`, `a whole number`, `a table`: the type of a value in words.
[[nodiscard]] std::string_view type_words(const Node& node);

/// The value of a key in a table, or nothing.
[[nodiscard]] const Node* find(const Table& table, std::string_view key);

/// The value as TOML on one line; reading it back gives the same value.
[[nodiscard]] std::string toml_text(const Node& node);
/// A string as TOML, in double quotes and escaped.
[[nodiscard]] std::string toml_text(std::string_view string);
/// A key as TOML: bare where that is allowed.
[[nodiscard]] std::string toml_key(std::string_view key);

}  // namespace respawnd::config
