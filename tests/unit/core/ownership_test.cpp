#include "core/ownership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace respawnd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OwnershipTest : public testing::Test {
  protected:
    OwnershipTest() {
        ownership_.add(3, 0xA, 100);
        ownership_.add(4, 0xB, 200);
    }
    std::vector<InstanceId> owners(const ProcessMarks& marks) const {
        return ownership_.owners(marks, ended_now_);
    }
    Ownership ownership_;
    std::array<InstanceId, 2> ended_now_{7, 8};
};

TEST_F(OwnershipTest, finds_by_each_mark) {
    EXPECT_THAT(owners({.generation = 0xA}), ElementsAre(3));
    EXPECT_THAT(owners({.output = 0xB}), ElementsAre(4));
    EXPECT_THAT(owners({.session = 200}), ElementsAre(4));
    EXPECT_THAT(owners({.slack = slack_of(3)}), ElementsAre(3));
}

TEST_F(OwnershipTest, trusts_the_generation_first_and_the_output_last) {
    EXPECT_THAT(owners({.generation = 0xA, .output = 0xB, .session = 200}), ElementsAre(3));
    EXPECT_THAT(owners({.output = 0xA, .session = 200}), ElementsAre(4));
    EXPECT_THAT(owners({.generation = 0xDEAD, .output = 0xB, .session = 999}), ElementsAre(4));
}

TEST_F(OwnershipTest, suspects_everybody_who_has_just_ended_when_there_is_no_mark) {
    EXPECT_THAT(owners({}), ElementsAre(7, 8));
    EXPECT_THAT(owners({.generation = 0xDEAD, .session = 999}), ElementsAre(7, 8));
    EXPECT_THAT(owners({.slack = 50'000}), ElementsAre(7, 8));
    EXPECT_THAT(owners({.slack = slack_of(5)}), ElementsAre(7, 8));  // has no run
    EXPECT_THAT(owners({.slack = slack_of(100000)}), ElementsAre(7, 8));
}

TEST_F(OwnershipTest, gives_what_has_no_mark_to_the_only_run_there_is_and_to_nobody_of_several) {
    EXPECT_THAT(ownership_.owners({}, {}), IsEmpty());
    ownership_.remove(4, 0xB);
    EXPECT_THAT(ownership_.owners({}, {}), ElementsAre(3));
    ownership_.remove(3, 0xA);
    EXPECT_THAT(ownership_.owners({}, {}), IsEmpty());
}

TEST_F(OwnershipTest, knows_what_is_told_without_a_look_into_the_process) {
    EXPECT_TRUE(ownership_.is_told({.session = 100}));
    EXPECT_TRUE(ownership_.is_told({.slack = slack_of(4)}));
    EXPECT_FALSE(ownership_.is_told({.generation = 0xA, .output = 0xA, .session = 7}));
    ownership_.remove(4, 0xB);
    EXPECT_FALSE(ownership_.is_told({.slack = slack_of(4)}));
}

TEST_F(OwnershipTest, forgets_what_was_removed) {
    ownership_.remove(3, 0xA);
    EXPECT_THAT(owners({.generation = 0xA, .output = 0xA, .session = 100}), ElementsAre(7, 8));
    EXPECT_THAT(owners({.generation = 0xB}), ElementsAre(4));
}

TEST_F(OwnershipTest, keeps_a_session_that_a_newer_run_has_taken_over) {
    // The first run's main process was reaped and its pid given to another job's, while what the
    // first had left behind in other sessions was still being stopped.
    ownership_.add(5, 0xC, 100);
    ownership_.remove(3, 0xA);
    EXPECT_THAT(owners({.session = 100}), ElementsAre(5));
}

}  // namespace
}  // namespace respawnd::core
