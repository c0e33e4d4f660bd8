#include "core/duration_words.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;

TEST(InWords, counts_thousandths_below_a_tenth_of_a_second) {
    EXPECT_EQ(in_words(0us), "0 s");
    EXPECT_EQ(in_words(499us), "0 s");
    EXPECT_EQ(in_words(500us), "0.001 s");
    EXPECT_EQ(in_words(3ms), "0.003 s");
    EXPECT_EQ(in_words(10ms), "0.01 s");
    EXPECT_EQ(in_words(99ms), "0.099 s");
    EXPECT_EQ(in_words(99600us), "0.1 s");
}

TEST(InWords, counts_tenths_below_ten_seconds) {
    EXPECT_EQ(in_words(100ms), "0.1 s");
    EXPECT_EQ(in_words(149ms), "0.1 s");
    EXPECT_EQ(in_words(150ms), "0.2 s");
    EXPECT_EQ(in_words(1s), "1 s");
    EXPECT_EQ(in_words(2100ms), "2.1 s");
    EXPECT_EQ(in_words(9949ms), "9.9 s");
}

TEST(InWords, rounds_up_to_the_next_unit) {
    EXPECT_EQ(in_words(9950ms), "10 s");
    EXPECT_EQ(in_words(59499ms), "59 s");
    EXPECT_EQ(in_words(59500ms), "1 min");
    EXPECT_EQ(in_words(3599500ms), "1 h");
}

TEST(InWords, uses_the_two_largest_units) {
    EXPECT_EQ(in_words(12s), "12 s");
    EXPECT_EQ(in_words(200s), "3 min 20 s");
    EXPECT_EQ(in_words(10min), "10 min");
    EXPECT_EQ(in_words(5h + 10min + 59s), "5 h 10 min");
    EXPECT_EQ(in_words(24h), "1 d");
    EXPECT_EQ(in_words(98h), "4 d 2 h");
    EXPECT_EQ(in_words(96h + 59min), "4 d");
}

TEST(InWords, knows_infinity) {
    EXPECT_EQ(in_words(infinite), "for ever");
}

}  // namespace
}  // namespace respawnd::core
