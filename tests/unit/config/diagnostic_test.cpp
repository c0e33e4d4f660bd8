#include "config/diagnostic.h"

#include <gtest/gtest.h>

namespace respawnd::config {
namespace {

TEST(Diagnostic, shows_place_line_caret_and_hint) {
    const SourceText source("watchdog.d/a.toml", "one\ntwo = 2\r\nthree");
    EXPECT_EQ(render(source.at({.line = 2, .column = 7}, "\"two\" is wrong", "write \"3\"")),
              "watchdog.d/a.toml:2:7: error: \"two\" is wrong\n"
              "    two = 2\n"
              "          ^\n"
              "    write \"3\"\n");
}

TEST(Diagnostic, leaves_out_what_there_is_not) {
    const SourceText source("a.toml", "");
    EXPECT_EQ(render(source.at({}, "\"command\" is missing")),
              "a.toml:1:1: error: \"command\" is missing\n");
    EXPECT_EQ(render({.file = "a.toml", .line_text = {}, .message = "and 3 more", .hint = {}}),
              "a.toml: error: and 3 more\n");
}

TEST(Diagnostic, the_names_of_files_are_printable) {
    EXPECT_EQ(SourceText("a\x1b[2J\n.toml", "").file(), "a\\x1b[2J\\n.toml");
}

TEST(SourceText, knows_its_lines) {
    const SourceText source("a", "one\ntwo\r\n\nfour");
    EXPECT_EQ(source.line(0), "");
    EXPECT_EQ(source.line(1), "one");
    EXPECT_EQ(source.line(2), "two");
    EXPECT_EQ(source.line(3), "");
    EXPECT_EQ(source.line(4), "four");
    EXPECT_EQ(source.line(5), "");
    EXPECT_EQ(source.rest_of_line({.line = 4, .column = 3}), "ur");
    EXPECT_EQ(source.rest_of_line({.line = 4, .column = 30}), "");
}

}  // namespace
}  // namespace respawnd::config
