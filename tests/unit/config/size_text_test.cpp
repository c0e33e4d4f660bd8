#include "config/size_text.h"

#include <gtest/gtest.h>

namespace respawnd::config {
namespace {

TEST(SizeText, units_are_powers_of_1024) {
    EXPECT_EQ(read_size("512K"), 512U * 1024);
    EXPECT_EQ(read_size("50M"), 50U * 1024 * 1024);
    EXPECT_EQ(read_size("2G"), std::uint64_t{2} << 30);
    EXPECT_EQ(read_size("1T"), std::uint64_t{1} << 40);
    EXPECT_EQ(read_size("0K"), 0U);
}

TEST(SizeText, other_texts_are_none) {
    for (const std::string_view text :
         {"", "K", "5", "5k", "5KB", "5 K", "-5K", "1.5M", "18446744073709551615T"}) {
        EXPECT_EQ(read_size(text), std::nullopt) << text;
    }
}

TEST(SizeText, what_was_meant_is_told) {
    const std::string examples = R"(write a whole number and a unit, such as "512K", "10M", "2G")";
    EXPECT_EQ(size_mistake("10"), (TextMistake{"has no unit: \"10\"", examples}));
    EXPECT_EQ(size_mistake(""), (TextMistake{"must be a size, not \"\"", examples}));
    EXPECT_EQ(size_mistake("1.5G"), (TextMistake{"must be a size, not \"1.5G\"", examples}));
    EXPECT_EQ(size_mistake("99999999999T"),
              (TextMistake{"must be a size, not \"99999999999T\"", examples}));
    for (const std::string_view text : {"10m", "10MB", "10 MB", "10MiB", "10mb", "10 M"}) {
        EXPECT_EQ(size_mistake(text).hint, "write \"10M\"") << text;
    }
}

TEST(SizeText, is_the_shortest_text) {
    EXPECT_EQ(size_text(50 * 1024 * 1024), "50M");
    EXPECT_EQ(size_text(1536), "1536");
    EXPECT_EQ(size_text(1536 * 1024), "1536K");
    EXPECT_EQ(size_text(0), "0");
    EXPECT_EQ(size_text(std::uint64_t{1} << 50), "1024T");
}

}  // namespace
}  // namespace respawnd::config
