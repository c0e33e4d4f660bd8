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

TEST(SizeText, is_the_shortest_text) {
    EXPECT_EQ(size_text(50 * 1024 * 1024), "50M");
    EXPECT_EQ(size_text(1536), "1536");
    EXPECT_EQ(size_text(1536 * 1024), "1536K");
    EXPECT_EQ(size_text(0), "0");
    EXPECT_EQ(size_text(std::uint64_t{1} << 50), "1024T");
}

}  // namespace
}  // namespace respawnd::config
