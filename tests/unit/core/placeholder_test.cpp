#include "core/placeholder.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

const InstanceName mailer{"mailer", 7};

std::string good(std::string_view text) {
    const auto expanded = expand(text, mailer);
    return expanded ? *expanded : "error at " + expanded.error();
}

std::string bad(std::string_view text) {
    const auto expanded = expand(text, mailer);
    return expanded ? "no error: " + *expanded : expanded.error();
}

TEST(Placeholder, leaves_other_text_alone) {
    EXPECT_EQ(good(""), "");
    EXPECT_EQ(good("/srv/x y/$HOME {1}"), "/srv/x y/$HOME {1}");
}

TEST(Placeholder, expands_name_number_and_percent) {
    EXPECT_EQ(good("%n"), "mailer");
    EXPECT_EQ(good("%i"), "7");
    EXPECT_EQ(good("%%"), "%");
    EXPECT_EQ(good("/run/%n-%i.%i%n"), "/run/mailer-7.7mailer");
    EXPECT_EQ(good("100%%%i"), "100%7");
    EXPECT_EQ(good("%%n"), "%n");
}

TEST(Placeholder, pads_the_number) {
    EXPECT_EQ(good("%02i"), "07");
    EXPECT_EQ(good("%09i"), "000000007");
    EXPECT_EQ(good("%01i"), "7");
    EXPECT_EQ(*expand("%02i", {"x", 4294967295}), "4294967295");
}

TEST(Placeholder, returns_the_piece_that_it_does_not_know) {
    EXPECT_EQ(bad("date +%d"), "%d");
    EXPECT_EQ(bad("%"), "%");
    EXPECT_EQ(bad("50%"), "%");
    EXPECT_EQ(bad("%2i"), "%2");
    EXPECT_EQ(bad("%02n"), "%0");
    EXPECT_EQ(bad("%00i"), "%0");
    EXPECT_EQ(bad("%n%N"), "%N");
}

TEST(Placeholder, does_not_cut_a_character_of_several_bytes) {
    EXPECT_EQ(bad("%\xC3\xBC%n"), "%\xC3\xBC");
    EXPECT_EQ(bad("%\xE2\x82\xAC"), "%\xE2\x82\xAC");
}

}  // namespace
}  // namespace respawnd::core
