#include "config/nearest_word.h"

#include <gtest/gtest.h>

#include <array>

namespace respawnd::config {
namespace {

constexpr auto words = std::to_array<std::string_view>(
    {"command", "directory", "description", "user", "umask", "max_backoff", "warning"});

TEST(EditDistance, counts_slips_of_the_finger) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("user", "user"), 0U);
    EXPECT_EQ(edit_distance("usr", "user"), 1U);
    EXPECT_EQ(edit_distance("suer", "user"), 1U);
    EXPECT_EQ(edit_distance("used", "user"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, capital_letters_and_kinds_of_dash_do_not_count) {
    EXPECT_EQ(edit_distance("Max-Backoff", "max_backoff"), 0U);
}

TEST(NearestWord, is_what_was_meant) {
    EXPECT_EQ(nearest_word("comand", words), "command");
    EXPECT_EQ(nearest_word("diretcory", words), "directory");
    EXPECT_EQ(nearest_word("USER", words), "user");
    EXPECT_EQ(nearest_word("maxbackoff", words), "max_backoff");
    EXPECT_EQ(nearest_word("warn", words), "warning");
}

TEST(NearestWord, is_none_when_nothing_is_near) {
    EXPECT_EQ(nearest_word("", words), std::nullopt);
    EXPECT_EQ(nearest_word("x", words), std::nullopt);
    EXPECT_EQ(nearest_word("port", words), std::nullopt);
    EXPECT_EQ(nearest_word(std::string(1000, 'u'), words), std::nullopt);
}

}  // namespace
}  // namespace respawnd::config
