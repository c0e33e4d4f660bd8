#include "core/signal_name.h"

#include <gtest/gtest.h>

#include <csignal>

namespace respawnd::core {
namespace {

TEST(SignalName, names_standard_signals) {
    EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
    EXPECT_EQ(signal_name(SIGKILL), "SIGKILL");
    EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
    EXPECT_EQ(signal_name(SIGSYS), "SIGSYS");
}

TEST(SignalName, counts_real_time_signals_from_the_first) {
    EXPECT_EQ(signal_name(SIGRTMIN), "SIGRTMIN");
    EXPECT_EQ(signal_name(SIGRTMIN + 3), "SIGRTMIN+3");
    EXPECT_EQ(signal_name(SIGRTMAX), "SIGRTMIN+30");
}

TEST(SignalName, says_the_number_of_what_is_no_signal) {
    EXPECT_EQ(signal_name(0), "signal 0");
    EXPECT_EQ(signal_name(33), "signal 33");
    EXPECT_EQ(signal_name(65), "signal 65");
    EXPECT_EQ(signal_name(-1), "signal -1");
}

TEST(SignalNumber, takes_names_with_and_without_the_prefix) {
    EXPECT_EQ(signal_number("SIGTERM"), SIGTERM);
    EXPECT_EQ(signal_number("HUP"), SIGHUP);
    EXPECT_EQ(signal_number("SIGRTMIN"), SIGRTMIN);
    EXPECT_EQ(signal_number("RTMIN+3"), SIGRTMIN + 3);
    EXPECT_EQ(signal_number("SIGRTMIN+30"), SIGRTMAX);
}

TEST(SignalNumber, takes_no_other_word) {
    for (const char* word :
         {"", "SIG", "15", "term", "SIGSIGTERM", "SIGTERM ", "SIGRTMIN+", "SIGRTMIN+31", "RTMIN-1",
          "RTMIN+-1", "RTMIN+3x", "RTMINI", "RTMIN+99999999999", "SIGNOTHING"}) {
        EXPECT_EQ(signal_number(word), std::nullopt) << word;
    }
}

TEST(SignalName, leads_back_to_its_number) {
    for (int number = 1; number <= SIGRTMAX; ++number) {
        if (number != 32 && number != 33) {
            EXPECT_EQ(signal_number(signal_name(number)), number) << number;
        }
    }
}

TEST(SignalNames, lists_the_standard_signals) {
    EXPECT_EQ(signal_names().size(), 31U);
    for (const std::string_view name : signal_names()) {
        EXPECT_TRUE(name.starts_with("SIG")) << name;
        ASSERT_TRUE(signal_number(name)) << name;
        EXPECT_EQ(signal_name(*signal_number(name)), name);
    }
}

}  // namespace
}  // namespace respawnd::core
