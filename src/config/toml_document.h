// Text in, a document or the reason why it is none out: the only file that sees the TOML parser.
//
// Promises to survive any bytes: the text is checked for size, for NUL and invalid UTF-8, and for
// nesting before the parser sees it, because the parser and the destructors of its tables recurse.
#pragma once

#include <expected>

#include "config/diagnostic.h"
#include "config/toml_node.h"

namespace respawnd::config {

/// The root table, or the first mistake: after one in the syntax the rest cannot be read.
/// `source` must have been made of `text`.
[[nodiscard]] std::expected<Table, Diagnostic> parse_toml(std::string_view text,
                                                          const SourceText& source);

/// A text without the byte order mark that some editors put in front of it.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text);

}  // namespace respawnd::config
