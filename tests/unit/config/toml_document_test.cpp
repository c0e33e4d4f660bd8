#include "config/toml_document.h"

#include <gtest/gtest.h>

namespace respawnd::config {
namespace {

using namespace std::string_view_literals;

std::string mistake_of(std::string_view text) {
    const auto document = parse_toml(text, SourceText("a.toml", text));
    return document ? "none" : render(document.error());
}

TEST(TomlDocument, entries_stand_in_their_order_with_their_places) {
    const std::string_view text = "b = 1\na = [\"x\", 2.5]\n[t]\nc = true\n";
    const auto document = parse_toml(text, SourceText("a.toml", text));
    ASSERT_TRUE(document);
    ASSERT_EQ(document->entries.size(), 3U);
    EXPECT_EQ(document->entries[0].key, "b");
    EXPECT_EQ(document->entries[1].key, "a");
    EXPECT_EQ(document->entries[1].at, (Position{.line = 2, .column = 1}));
    EXPECT_EQ(document->entries[1].value.at, (Position{.line = 2, .column = 5}));
    EXPECT_EQ(toml_text(document->entries[1].value), "[\"x\", 2.5]");
    EXPECT_EQ(toml_text(document->entries[2].value), "{ c = true }");
}

TEST(TomlDocument, bytes_that_are_no_text_are_named_with_their_place) {
    EXPECT_EQ(mistake_of("command = \"x\"\nu\0x = 1\n"sv),
              "a.toml:2:2: error: a NUL byte\n"
              "    u\\x00x = 1\n"
              "     ^\n"
              "    this is not a text file\n");
    EXPECT_EQ(mistake_of("# ü \xff\n"),
              "a.toml:1:5: error: a byte that is not UTF-8\n"
              "    # ü \\xff\n"
              "        ^\n"
              "    save the file in the encoding UTF-8\n");
    EXPECT_EQ(mistake_of("\0\0\0\0"sv),
              "a.toml:1:1: error: a NUL byte\n"
              "    \\x00\\x00\\x00\\x00\n"
              "    ^\n"
              "    this is not a text file\n");
}

TEST(TomlDocument, a_huge_file_is_one_mistake) {
    EXPECT_EQ(mistake_of(std::string(1024 * 1024 + 1, 'x')),
              "a.toml: error: the file is larger than 1 MiB\n"
              "    this is hardly the file that was meant\n");
}

TEST(TomlDocument, depth_is_limited_before_anything_recurses) {
    for (const std::string& piece : {std::string("["), std::string("{a="), std::string("a.")}) {
        std::string text = piece == "a." ? "" : "a = ";
        while (text.size() < 500'000) {
            text += piece;
        }
        EXPECT_NE(mistake_of(text).find("this is nested too deeply"), std::string::npos) << piece;
    }
    std::string header = "[a";
    while (header.size() < 500'000) {
        header += " . \"b\"";
    }
    EXPECT_NE(mistake_of(header + "]").find("this is nested too deeply"), std::string::npos);
}

TEST(TomlDocument, brackets_and_dots_in_strings_and_comments_are_no_depth) {
    const std::string many(1000, '[');
    const std::string dots(1000, '.');
    EXPECT_EQ(mistake_of("a = \"" + many + dots + "\\\"" + many + "\"\n"), "none");
    EXPECT_EQ(mistake_of("a = '" + many + "'\n# " + many + dots + "\n"), "none");
    EXPECT_EQ(mistake_of("a = '''\n'" + many + "\n'''\nb = \"\"\"\n\"" + many + "\n\"\"\"\n"),
              "none");
}

// Letters beyond ASCII where a blank may stand lead the parser, left alone, into undefined
// behaviour.
TEST(TomlDocument, letters_outside_of_quotes_are_mistakes) {
    for (const std::string letter : {"\u00A1", "\u00E9", "\u0416", "\u0499", "\u6F22"}) {
        for (const std::string& text :
             {letter + " = 1", "a" + letter + " = 1", "a " + letter, "a = " + letter,
              "a = 1" + letter, "[a" + letter + "]", "[a]" + letter, "a = [1" + letter + "]",
              "a = { b" + letter + "}", "a = \"x\"" + letter, "a = \"\"\"x\"\"\"\"" + letter,
              "a = \"\"\"\\" + letter + "\"\"\""}) {
            EXPECT_NE(mistake_of(text), "none") << text;
        }
        EXPECT_EQ(mistake_of("a = '" + letter + "' # " + letter + "\n\"" + letter + "\" = 1\n"),
                  "none");
    }
}

TEST(TomlDocument, quotes_before_the_closing_ones_belong_to_the_string) {
    const std::string deep(1000, '[');
    EXPECT_EQ(mistake_of("a = \"\"\"x\"\"\"\"\"\nb = '''y'''''\nc = \"" + deep + "\"\n"), "none");
    EXPECT_NE(mistake_of("a = [\"\"\"x\"\"\"\", " + deep).find("nested too deeply"),
              std::string::npos);
}

TEST(TomlDocument, a_byte_order_mark_is_no_text) {
    EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF"
                                      "a"),
              "a");
    EXPECT_EQ(without_byte_order_mark("a"), "a");
    EXPECT_EQ(without_byte_order_mark(""), "");
}

}  // namespace
}  // namespace respawnd::config
