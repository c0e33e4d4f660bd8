#include "config/duration_text.h"

#include <gtest/gtest.h>

#include <random>

namespace respawnd::config {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, numbers_with_units_add_up) {
    EXPECT_EQ(read_duration("250ms"), core::Duration(250ms));
    EXPECT_EQ(read_duration("1m30s"), core::Duration(90s));
    EXPECT_EQ(read_duration("1d2h3m4s5ms6us"),
              core::Duration(26h + 3min + 4s + 5ms + std::chrono::microseconds(6)));
    EXPECT_EQ(read_duration("0s"), core::Duration(0));
    EXPECT_EQ(read_duration("infinity"), core::infinite);
    EXPECT_EQ(read_duration("36500d"), longest_duration);
}

TEST(DurationText, what_was_meant_is_suggested) {
    const auto hint = [](std::string_view text) { return read_duration(text).error().hint; };
    EXPECT_EQ(hint("5"), "write \"5s\"");
    EXPECT_EQ(hint("5 s"), "write \"5s\"");
    EXPECT_EQ(hint("5min"), "write \"5m\"");
    EXPECT_EQ(hint("2 hours"), "write \"2h\"");
    EXPECT_EQ(hint("0.5s"), "write \"500ms\"");
    EXPECT_EQ(hint("1.5h"), "write \"1h30m\"");
}

TEST(DurationText, other_texts_are_mistakes) {
    for (const std::string_view text :
         {"", "s", "-1s", "+1s", "1s1m", "1s1s", "1s ", " 1s", "1ss", "1.5", "1e3s", "Infinity",
          "36501d", "18446744073709551616us", "9999999999999999999d", "1s\n", "\0", "1µs"}) {
        EXPECT_FALSE(read_duration(text)) << text;
        EXPECT_FALSE(read_duration(text).error().message.empty()) << text;
    }
}

TEST(DurationText, is_the_shortest_text) {
    EXPECT_EQ(duration_text(90s), "1m30s");
    EXPECT_EQ(duration_text(core::Duration(0)), "0s");
    EXPECT_EQ(duration_text(1500ms), "1s500ms");
    EXPECT_EQ(duration_text(core::infinite), "infinity");
}

TEST(DurationText, reads_back_what_it_has_written) {
    std::mt19937_64 random(20240601);
    for (int round = 0; round < 2000; ++round) {
        const auto bits = std::uniform_int_distribution(0, 51)(random);
        const core::Duration duration(
            static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) - 1)));
        if (duration <= longest_duration) {
            EXPECT_EQ(read_duration(duration_text(duration)), duration);
        }
    }
}

}  // namespace
}  // namespace respawnd::config
