#include "platform/child_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include <utility>

#include "platform/capabilities.h"

namespace respawnd::platform {
namespace {

using ::testing::ElementsAre;

ChildPlan plan_for(const std::string& command, const std::string& path) {
    ChildRequest request;
    request.command = {command, "argument"};
    request.environment = {"A=1"};
    request.path = path;
    return ChildPlan::make(std::move(request));
}

TEST(ChildPlan, a_name_without_a_slash_is_looked_for_in_path) {
    EXPECT_THAT(plan_for("php", "/usr/bin:/bin").candidates(),
                ElementsAre("/usr/bin/php", "/bin/php"));
    EXPECT_THAT(plan_for("php", "/usr/bin::").candidates(),
                ElementsAre("/usr/bin/php", "./php", "./php"));
    EXPECT_THAT(plan_for("php", "").candidates(), ElementsAre("./php"));
}

TEST(ChildPlan, a_name_with_a_slash_is_taken_as_it_is) {
    EXPECT_THAT(plan_for("/usr/bin/php", "/bin").candidates(), ElementsAre("/usr/bin/php"));
    EXPECT_THAT(plan_for("bin/php", "/bin").candidates(), ElementsAre("bin/php"));
}

TEST(ChildPlan, addresses_stay_when_it_is_moved) {
    ChildPlan plan = plan_for("/bin/true", "");
    const ChildSetup* setup = &plan.setup();
    const char* first = setup->argv[0];
    const ChildPlan moved = std::move(plan);
    EXPECT_EQ(&moved.setup(), setup);
    EXPECT_EQ(moved.setup().argv[0], first);
    EXPECT_STREQ(moved.setup().argv[1], "argument");
    EXPECT_EQ(moved.setup().argv[2], nullptr);
    EXPECT_STREQ(moved.setup().envp[0], "A=1");
    EXPECT_EQ(moved.setup().envp[1], nullptr);
    EXPECT_STREQ(moved.setup().candidates[0], "/bin/true");
}

TEST(ChildPlan, limits_keep_their_order) {
    ChildRequest request;
    request.command = {"/bin/true"};
    request.limits = {{RLIMIT_NOFILE, "nofile", 1, 2}, {RLIMIT_CORE, "core", 3, 4}};
    const ChildPlan plan = ChildPlan::make(std::move(request));
    ASSERT_EQ(plan.setup().limit_count, 2U);
    EXPECT_EQ(plan.setup().limits[1].resource, RLIMIT_CORE);
    EXPECT_EQ(plan.setup().limits[1].soft, 3U);
    EXPECT_EQ(plan.limits()[1].name, "core");
}

TEST(Capabilities, a_set_has_a_bit_for_each) {
    const int numbers[] = {CAP_CHOWN, CAP_CHECKPOINT_RESTORE, -1, 64, 1000};
    EXPECT_EQ(capability_set(numbers), (1ULL << 0) | (1ULL << 40));
    EXPECT_EQ(capability_set({}), 0U);
}

}  // namespace
}  // namespace respawnd::platform
