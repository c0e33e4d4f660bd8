#include "config/printable_text.h"

#include <gtest/gtest.h>

#include <random>

namespace respawnd::config {
namespace {

using namespace std::string_view_literals;

TEST(PrintableText, controls_and_broken_bytes_are_escaped) {
    EXPECT_EQ(printable("plain ü € 😀"), "plain ü € 😀");
    EXPECT_EQ(printable("a\x1b[2J\0b\x7f\n\t"sv), "a\\x1b[2J\\x00b\\x7f\\n\\t");
    EXPECT_EQ(printable("\xff\xc3 \xe2\x82"), "\\xff\\xc3 \\xe2\\x82");
    EXPECT_EQ(printable("\u202Egnp"), "\\u202egnp");
    EXPECT_EQ(printable("\u0085"), "\\u0085");
}

TEST(PrintableText, what_utf8_forbids_is_no_character) {
    EXPECT_FALSE(first_character("\xc0\xaf").valid);          // overlong
    EXPECT_FALSE(first_character("\xe0\x80\xaf").valid);      // overlong
    EXPECT_FALSE(first_character("\xf0\x80\x80\xaf").valid);  // overlong
    EXPECT_FALSE(first_character("\xed\xa0\x80").valid);      // half of a surrogate pair
    EXPECT_FALSE(first_character("\xf4\x90\x80\x80").valid);  // beyond Unicode
    EXPECT_TRUE(first_character("\xf4\x8f\xbf\xbf").valid);
    EXPECT_EQ(first_character("ü").bytes, 2U);
}

TEST(PrintableText, a_quote_is_cut_where_it_is_long) {
    EXPECT_EQ(in_quotes("a\"b"), "\"a\\\"b\"");
    EXPECT_EQ(in_quotes(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
    EXPECT_EQ(in_quotes(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
}

TEST(PrintableText, the_caret_stands_below_the_column) {
    EXPECT_EQ(shown_line("abc", 1).caret, 0U);
    EXPECT_EQ(shown_line("abc", 4).caret, 3U);
    EXPECT_EQ(shown_line("a\tb", 3).text, "a b");
    EXPECT_EQ(shown_line("a\tb", 3).caret, 2U);
    EXPECT_EQ(shown_line("üb", 2).caret, 1U);
    EXPECT_EQ(shown_line("\x01x", 2).caret, 4U);
    EXPECT_EQ(shown_line("", 1).caret, 0U);
}

TEST(PrintableText, a_long_line_is_cut_around_the_column) {
    std::string line(100'000, 'x');
    line[50'000] = '!';
    const ShownLine shown = shown_line(line, 50'001);
    EXPECT_LT(shown.text.size(), 120U);
    EXPECT_EQ(shown.text[shown.caret], '!');
}

TEST(PrintableText, any_bytes_become_harmless) {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(std::uniform_int_distribution<std::size_t>(1, 40)(random), '\0');
        for (char& byte : bytes) {
            byte = static_cast<char>(std::uniform_int_distribution(0, 255)(random));
        }
        const std::string shown = printable(bytes) + shown_line(bytes, 5).text + in_quotes(bytes);
        for (std::string_view rest = shown; !rest.empty();) {
            const Character character = first_character(rest);
            EXPECT_TRUE(character.valid);
            EXPECT_FALSE(is_control(character.point));
            rest.remove_prefix(character.bytes);
        }
    }
}

}  // namespace
}  // namespace respawnd::config
