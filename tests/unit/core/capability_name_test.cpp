#include "core/capability_name.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace respawnd::core {
namespace {

TEST(CapabilityName, has_the_kernels_numbers) {
    EXPECT_EQ(capability_number("CAP_CHOWN"), CAP_CHOWN);
    EXPECT_EQ(capability_number("CAP_NET_BIND_SERVICE"), CAP_NET_BIND_SERVICE);
    EXPECT_EQ(capability_number("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
    EXPECT_EQ(capability_number("CAP_SETFCAP"), CAP_SETFCAP);
    EXPECT_EQ(capability_number("CAP_SYSLOG"), CAP_SYSLOG);
    EXPECT_EQ(capability_number("CAP_AUDIT_READ"), CAP_AUDIT_READ);
}

TEST(CapabilityName, prefix_and_capital_letters_may_be_left_out) {
    EXPECT_EQ(capability_number("net_raw"), CAP_NET_RAW);
    EXPECT_EQ(capability_number("cap_net_raw"), CAP_NET_RAW);
    EXPECT_EQ(capability_number("NET_RAW"), CAP_NET_RAW);
}

TEST(CapabilityName, other_words_are_none) {
    EXPECT_EQ(capability_number(""), std::nullopt);
    EXPECT_EQ(capability_number("CAP_"), std::nullopt);
    EXPECT_EQ(capability_number("13"), std::nullopt);
    EXPECT_EQ(capability_number("CAP_NET_RAWE"), std::nullopt);
}

TEST(CapabilityName, every_number_and_name_belong_together) {
    for (int number = 0; number < static_cast<int>(capability_names().size()); ++number) {
        EXPECT_EQ(capability_number(capability_name(number)), number);
    }
    EXPECT_EQ(capability_name(99), "capability 99");
    EXPECT_EQ(capability_name(-1), "capability -1");
}

}  // namespace
}  // namespace respawnd::core
