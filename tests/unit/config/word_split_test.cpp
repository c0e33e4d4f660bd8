#include "config/word_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace respawnd::config {
namespace {

using testing::ElementsAre;

std::vector<std::string> split(std::string_view text) {
    auto words = split_words(text);
    EXPECT_TRUE(words) << text;
    return words.value_or(std::vector<std::string>{});
}

TEST(WordSplit, blanks_part_words) {
    EXPECT_THAT(split(" /bin/a  b\tc\nd "), ElementsAre("/bin/a", "b", "c", "d"));
    EXPECT_THAT(split(""), ElementsAre());
    EXPECT_THAT(split(" \t\n"), ElementsAre());
}

TEST(WordSplit, quotes_keep_together_and_vanish) {
    EXPECT_THAT(split("a 'b  c' \"d  e\""), ElementsAre("a", "b  c", "d  e"));
    EXPECT_THAT(split("a''b c\"d\"e"), ElementsAre("ab", "cde"));
    EXPECT_THAT(split("'' \"\""), ElementsAre("", ""));
    EXPECT_THAT(split(R"('a\b' "a\b" "a\"b\\c\$d")"),
                ElementsAre(R"(a\b)", R"(a\b)", R"(a"b\c$d)"));
}

TEST(WordSplit, a_backslash_takes_the_next_letter_as_it_is) {
    EXPECT_THAT(split(R"(a\ b \' \\ c\d)"), ElementsAre("a b", "'", "\\", "cd"));
    EXPECT_THAT(split("a\\\nb"), ElementsAre("ab"));
}

TEST(WordSplit, nothing_is_expanded) {
    EXPECT_THAT(split("echo $HOME *.php a=b"), ElementsAre("echo", "$HOME", "*.php", "a=b"));
}

TEST(WordSplit, words_for_a_shell_are_refused) {
    for (const std::string_view word :
         {"|",   "||", "&",          "&&",          ";",          ";;",    "(",
          ")",   ">",  ">>",         "<",           "<<",         "2>&1",  "2>",
          ">&2", "&>", ">/dev/null", "2>/dev/null", "</dev/null", "&>>log"}) {
        const auto words = split_words("/bin/a " + std::string(word));
        ASSERT_FALSE(words) << word;
        EXPECT_EQ(words.error().hint,
                  R"(no shell is run; use command = ["/bin/sh", "-c", "exec …"])");
    }
}

TEST(WordSplit, quoted_words_for_a_shell_are_words) {
    EXPECT_THAT(split(R"(a '|' ";" \; \> '2>&1')"), ElementsAre("a", "|", ";", ";", ">", "2>&1"));
    EXPECT_THAT(split("a=>b x|y 5"), ElementsAre("a=>b", "x|y", "5"));
}

TEST(WordSplit, open_quotes_are_mistakes) {
    EXPECT_EQ(split_words("a 'b").error().message, "holds a single quote that is not closed");
    EXPECT_EQ(split_words("a \"b").error().message, "holds a double quote that is not closed");
    EXPECT_EQ(split_words("a \"b\\\"").error().message, "holds a double quote that is not closed");
    EXPECT_EQ(split_words("a \\").error().message, "ends in a backslash");
}

}  // namespace
}  // namespace respawnd::config
