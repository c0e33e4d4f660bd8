#include "config/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/toml_document.h"

namespace respawnd::config {
namespace {

constexpr KeyWords row(std::string_view table, std::string_view name, bool supported = true) {
    return {.table = table,
            .name = name,
            .type = {},
            .fallback = {},
            .range = {},
            .supported = supported};
}

const std::vector<KeyWords> rows = {row("", "user"),     row("", "later", false),
                                    row("a", "size"),    row("a", "timeout"),
                                    row("b", "timeout"), row("c", "color", false)};

struct Walk {
    std::vector<std::size_t> found;
    std::vector<std::string> messages;
};

Walk walk(std::string_view text, std::string_view prefix = "", std::string_view except = "") {
    const SourceText source("f", text);
    const auto document = parse_toml(text, source);
    EXPECT_TRUE(document) << text;
    Complaints complaints(source);
    Walk result;
    for (const FoundKey& found : KeySet(rows, prefix).find_in(*document, complaints, except)) {
        result.found.push_back(found.row);
    }
    for (const Diagnostic& diagnostic : complaints.take()) {
        result.messages.push_back(diagnostic.message +
                                  (diagnostic.hint.empty() ? "" : " / " + diagnostic.hint));
    }
    return result;
}

using testing::ElementsAre;

TEST(KeySet, finds_the_rows_of_a_document) {
    const Walk result = walk("user = 1\na.size = 2\n[b]\ntimeout = 3\n");
    EXPECT_THAT(result.found, ElementsAre(0, 2, 4));
    EXPECT_THAT(result.messages, ElementsAre());
}

TEST(KeySet, a_key_elsewhere_is_told_where_it_belongs) {
    EXPECT_THAT(
        walk("size = 1\n[a]\nuser = 2\n").messages,
        ElementsAre("\"size\" belongs into [a]", "\"user\" belongs above the first [table]"));
    EXPECT_THAT(
        walk("size = 1\n[a]\nuser = 2\n", "defaults").messages,
        ElementsAre("\"size\" belongs into [defaults.a]", "\"user\" belongs into [defaults]"));
}

TEST(KeySet, a_key_with_a_dot_in_its_name_is_no_key_of_a_table) {
    EXPECT_THAT(walk("\"a.size\" = 1\n").messages,
                ElementsAre("unknown key \"a.size\" / did you mean \"size\"? It belongs into [a]"));
    EXPECT_THAT(walk("\"\" = 1\n").messages, ElementsAre("unknown key \"\""));
}

TEST(KeySet, what_is_not_supported_yet_is_said_so) {
    EXPECT_THAT(walk("later = 1\n[c]\ncolor = 2\n").messages,
                ElementsAre("\"later\" is not supported yet", "\"c.color\" is not supported yet"));
    EXPECT_THAT(walk("[c]\n").messages, ElementsAre("[c] is not supported yet"));
}

TEST(KeySet, a_table_in_the_place_of_a_key_and_the_reverse_are_told_apart) {
    EXPECT_THAT(
        walk("a = 1\n").messages,
        ElementsAre("\"a\" must be a table, not a whole number / write [a] on a line of its "
                    "own, and its keys below"));
    EXPECT_THAT(walk("[usr]\nx = 1\n").messages, ElementsAre("unknown table [usr] / did you mean "
                                                             "\"user\"?"));
}

TEST(KeySet, leaves_one_table_to_others) {
    EXPECT_THAT(walk("[mine]\nx = 1\n", "", "mine").messages, ElementsAre());
    EXPECT_EQ(walk("[mine]\nx = 1\n").messages.size(), 1U);
}

}  // namespace
}  // namespace respawnd::config
