#include "platform/child_stack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

namespace respawnd::platform {
namespace {

TEST(ChildStack, can_be_used_from_end_to_end) {
    auto stack = ChildStack::map();
    ASSERT_TRUE(stack) << stack.error().text();
    std::memset(stack->low(), 0x55, ChildStack::size());
}

TEST(ChildStackDeathTest, an_overflow_faults) {
    auto stack = ChildStack::map();
    ASSERT_TRUE(stack);
    volatile char* below = static_cast<char*>(stack->low()) - 1;
    EXPECT_DEATH(*below = 1, "");
}

TEST(ChildStackPool, gives_out_what_came_back) {
    ChildStackPool pool;
    auto stack = pool.take();
    ASSERT_TRUE(stack);
    void* const low = stack->low();
    pool.give_back(std::move(*stack));
    EXPECT_EQ(pool.kept(), 1U);
    EXPECT_EQ(pool.take()->low(), low);
    EXPECT_EQ(pool.kept(), 0U);
}

TEST(ChildStackPool, keeps_only_a_few) {
    ChildStackPool pool;
    std::vector<ChildStack> stacks;
    for (int i = 0; i < 100; ++i) {
        stacks.push_back(std::move(*pool.take()));
    }
    for (ChildStack& stack : stacks) {
        pool.give_back(std::move(stack));
    }
    EXPECT_LE(pool.kept(), 8U);
    EXPECT_GE(pool.kept(), 1U);
}

}  // namespace
}  // namespace respawnd::platform
