#include "config/toml_node.h"

#include <gtest/gtest.h>

#include "config/toml_document.h"

namespace respawnd::config {
namespace {

std::string written_back(const std::string& value) {
    const std::string text = "a = " + value;
    const auto document = parse_toml(text, SourceText("a", text));
    EXPECT_TRUE(document) << value;
    return document ? toml_text(document->entries.at(0).value) : "";
}

TEST(TomlNode, writes_what_it_has_read) {
    for (const std::string value :
         {"\"x\"", "5", "-5", "2.5", "2.0", "1e+100", "inf", "-inf", "nan", "true", "false", "[]",
          "[1, [\"a\"]]", "{}", "{ a = 1, \"b c\" = { d = \"e\" } }", "\"a\\\"b\\\\c\\n\\t\"",
          "\"\\u001B\\u202E\"", "\"ü\""}) {
        EXPECT_EQ(written_back(value), value);
    }
}

TEST(TomlNode, keys_are_bare_where_that_is_allowed) {
    EXPECT_EQ(toml_key("max_backoff-2"), "max_backoff-2");
    EXPECT_EQ(toml_key(""), "\"\"");
    EXPECT_EQ(toml_key("a.b"), "\"a.b\"");
}

}  // namespace
}  // namespace respawnd::config
