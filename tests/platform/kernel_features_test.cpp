#include "platform/kernel_features.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

bool has(const std::string& name) {
    const auto features = probe_kernel_features();
    return std::ranges::any_of(
        features, [&](const auto& feature) { return feature.name == name && feature.available; });
}

TEST(KernelFeatures, what_a_filter_refuses_is_not_there) {
    EXPECT_EQ(
        testing::in_own_process([]() -> std::string {
            if (!testing::refuse(SYS_clone3, ENOSYS) || !testing::refuse(SYS_close_range, EPERM)) {
                return "no filter";
            }
            return has("clone3") || has("close_range") ? "claimed" : "";
        }),
        "");
}

TEST(KernelFeatures, each_says_what_it_is_for) {
    for (const KernelFeature& feature : probe_kernel_features()) {
        EXPECT_NE(feature.since, "") << feature.name;
        EXPECT_NE(feature.used_for, "") << feature.name;
    }
    EXPECT_TRUE(has("pidfd")) << "Linux 5.10 has it";
}

}  // namespace
}  // namespace respawnd::platform
