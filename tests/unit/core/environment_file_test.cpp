#include "core/environment_file.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

using Variables = std::map<std::string, std::string>;
using Mistakes = std::vector<EnvironmentFileMistake>;

Variables read(std::string_view text) {
    const EnvironmentFileContent content = parse_environment_file(text);
    EXPECT_EQ(content.mistakes, Mistakes{}) << text;
    return content.variables;
}

Mistakes mistakes_of(std::string_view text) {
    return parse_environment_file(text).mistakes;
}

TEST(EnvironmentFile, an_empty_one_has_nothing) {
    EXPECT_EQ(read(""), Variables{});
    EXPECT_EQ(read("\n \n\t\r\n"), Variables{});
}

TEST(EnvironmentFile, values_lose_the_blanks_around_them) {
    EXPECT_EQ(read("A=1\nB =  two words \t\r\nC="),
              (Variables{{"A", "1"}, {"B", "two words"}, {"C", ""}}));
}

TEST(EnvironmentFile, comments_are_skipped_and_may_go_on_over_lines) {
    EXPECT_EQ(read("# A=1\n ; B=2\n# C=3 \\\nD=4\nE=a # b\n"), (Variables{{"E", "a # b"}}));
}

TEST(EnvironmentFile, the_last_of_two_with_one_name_counts) {
    EXPECT_EQ(read("A=1\nA=2\n"), (Variables{{"A", "2"}}));
}

TEST(EnvironmentFile, double_quotes_keep_blanks_lines_and_few_escapes) {
    EXPECT_EQ(read(R"(A=" a \" \\ \$ \n ")"), (Variables{{"A", R"( a " \ $ \n )"}}));
    EXPECT_EQ(read("A=\"one\ntwo\"\nB=\"one\\\ntwo\""),
              (Variables{{"A", "one\ntwo"}, {"B", "onetwo"}}));
}

TEST(EnvironmentFile, single_quotes_keep_everything) {
    EXPECT_EQ(read(R"(A='a "b" \n $HOME ')"), (Variables{{"A", R"(a "b" \n $HOME )"}}));
}

TEST(EnvironmentFile, quoted_pieces_are_put_together) {
    EXPECT_EQ(read("A=\"a b\"'c d' e f \nB=it's"), (Variables{{"A", "a bc de f"}, {"B", "it's"}}));
}

TEST(EnvironmentFile, a_backslash_joins_lines_and_makes_characters_plain) {
    EXPECT_EQ(read("A=one \\\n  two\nB=a\\\\b\\ \nC=x\\\r\ny"),
              (Variables{{"A", "one   two"}, {"B", "a\\b "}, {"C", "xy"}}));
}

TEST(EnvironmentFile, a_line_that_is_no_assignment_is_told_with_its_number) {
    EXPECT_EQ(mistakes_of("A=1\n\nfoo bar\nB=2"), (Mistakes{{3, "\"foo bar\" is not NAME=value"}}));
    EXPECT_EQ(mistakes_of("1A=1\nA-B=2\n=3"), (Mistakes{{1, "\"1A\" is not a name of a variable"},
                                                        {2, "\"A-B\" is not a name of a variable"},
                                                        {3, "\"\" is not a name of a variable"}}));
    EXPECT_EQ(mistakes_of("export A=1"),
              (Mistakes{{1, "write NAME=value without \"export\": no shell reads this file"}}));
}

TEST(EnvironmentFile, a_bad_name_does_not_make_its_further_lines_mistakes) {
    EXPECT_EQ(mistakes_of("A B=\"one\ntwo\"\nC=\\\nfoo\n").size(), 1U);
}

TEST(EnvironmentFile, an_open_quote_is_told_where_it_begins) {
    EXPECT_EQ(mistakes_of("A=1\nB=\"x\ny\n"),
              (Mistakes{{2, "the quote that begins here is not closed"}}));
}

TEST(EnvironmentFile, hostile_bytes_are_told_and_never_shown_as_they_are) {
    EXPECT_EQ(mistakes_of(std::string_view("A=x\0y", 5)),
              (Mistakes{{1, "the value of A holds a null byte"}}));
    EXPECT_EQ(mistakes_of("\x1b[2J\xff"), (Mistakes{{1, "\"?[2J?\" is not NAME=value"}}));
    EXPECT_EQ(mistakes_of(std::string(1000, 'x')).front().message,
              "\"" + std::string(40, 'x') + "...\" is not NAME=value");
}

TEST(EnvironmentFile, every_end_of_a_file_is_survived) {
    const std::string text = "A=\"x\\\"\\\n'\" 'y' \\z\\\n# c\\\nB='";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        (void)parse_environment_file(std::string_view(text).substr(0, size));
    }
}

}  // namespace
}  // namespace respawnd::core
