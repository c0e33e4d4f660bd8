#include "logger/line_stamp.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace respawnd::logger {
namespace {

std::string stamp_in(const char* zone, long seconds, long micros) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    return line_stamp(std::chrono::system_clock::time_point(std::chrono::seconds(seconds) +
                                                            std::chrono::microseconds(micros)));
}

TEST(LineStamp, is_rfc_3339_with_microseconds_and_the_distance_from_utc) {
    EXPECT_EQ(stamp_in("UTC", 1795969200, 123456), "2026-11-29T16:20:00.123456+00:00 ");
    EXPECT_EQ(stamp_in("CET-1", 1795969200, 1), "2026-11-29T17:20:00.000001+01:00 ");
    EXPECT_EQ(stamp_in("XXX+3:30", 1795969200, 0), "2026-11-29T12:50:00.000000-03:30 ");
    EXPECT_EQ(stamp_in("UTC", -1, 0).size(), stamp_size);
    EXPECT_EQ(stamp_in("UTC", 9'000'000'000, 0).size(), stamp_size);
}

const std::string stamp(stamp_size, '#');

TEST(LineStamp, stands_in_front_of_each_line) {
    const StampedLines stamped = stamp_lines("one\n\nhalf", stamp, 1000, 0);
    EXPECT_EQ(stamped.text, stamp + "one\n" + stamp + "\n" + stamp + "half\n");
    EXPECT_EQ(stamped.taken, 9U);
}

TEST(LineStamp, takes_the_lines_that_fit_but_never_less_than_is_asked_for) {
    const std::size_t one = stamp_size + 4;
    EXPECT_EQ(stamp_lines("one\ntwo\n", stamp, one, 0).taken, 4U);
    EXPECT_EQ(stamp_lines("one\ntwo\n", stamp, one * 2, 0).taken, 8U);
    EXPECT_EQ(stamp_lines("one\ntwo\n", stamp, one - 1, 0).taken, 0U);
    EXPECT_EQ(stamp_lines("one\ntwo\n", stamp, 0, 1).taken, 4U);
}

TEST(LineStamp, cuts_a_line_that_is_too_long) {
    const std::string line(longest_line + 3, 'x');
    EXPECT_EQ(stamp_lines(line, stamp, 1000000, 0).text,
              stamp + std::string(longest_line, 'x') + "\n" + stamp + "xxx\n");
}

TEST(LineStamp, tells_how_far_somebody_got_who_was_cut_off) {
    const std::string lines = "one\n\nthree\n" + std::string(longest_line + 5, 'x') + "\nhalf";
    const std::string text = stamp_lines(lines, stamp, 10000000, 0).text;
    for (std::size_t written = 0; written <= text.size(); ++written) {
        if (written > 200 && written + 200 < text.size()) {
            continue;
        }
        const StampedPart part = part_of_stamped(lines, written);
        ASSERT_LE(part.written, written);
        // What is whole, stamped once more, is what was written.
        const StampedLines again =
            stamp_lines(std::string_view(lines).substr(0, part.taken), stamp, 10000000, 0);
        ASSERT_EQ(again.text, text.substr(0, part.written)) << written;
        ASSERT_TRUE(part.written == text.size() ||
                    written - part.written <= stamp_size + longest_line);
    }
    EXPECT_EQ(part_of_stamped(lines, text.size()).taken, lines.size());
}

}  // namespace
}  // namespace respawnd::logger
