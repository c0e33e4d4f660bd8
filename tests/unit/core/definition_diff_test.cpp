#include "core/definition_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace respawnd::core {
namespace {

using Numbers = std::vector<std::uint32_t>;
using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<JobDefinition> job(const std::string& name, std::uint32_t instances = 1,
                                   std::uint32_t first = 1) {
    auto definition = std::make_shared<JobDefinition>();
    definition->name = name;
    definition->program.command = {"/bin/true"};
    definition->instances = instances;
    definition->first_instance = first;
    return definition;
}

DefinitionSet set_of(const std::vector<std::shared_ptr<JobDefinition>>& definitions) {
    DefinitionSet set;
    for (const auto& definition : definitions) {
        set.emplace(definition->name, definition);
    }
    return set;
}

JobDifference only(const std::vector<JobDifference>& differences) {
    EXPECT_EQ(differences.size(), 1U);
    return differences.empty() ? JobDifference{} : differences.front();
}

TEST(Difference, of_the_same_definitions_is_empty_even_when_they_were_read_again) {
    EXPECT_THAT(difference(set_of({job("a"), job("b", 3)}), set_of({job("a"), job("b", 3)})),
                IsEmpty());
    EXPECT_THAT(difference({}, {}), IsEmpty());
}

TEST(Difference, tells_added_and_removed_jobs_in_the_order_of_their_names) {
    const auto differences =
        difference(set_of({job("b", 2), job("c")}), set_of({job("a", 2, 5), job("c")}));
    ASSERT_EQ(differences.size(), 2U);
    EXPECT_EQ(differences[0],
              (JobDifference{.kind = JobDifference::Kind::added, .job = "a", .coming = {5, 6}}));
    EXPECT_EQ(differences[1],
              (JobDifference{.kind = JobDifference::Kind::removed, .job = "b", .going = {1, 2}}));
}

TEST(Difference, says_whether_a_running_program_sees_the_change) {
    auto described = job("a");
    described->description = "says more";
    described->restart.limit = 3;
    described->stop.signal = 2;
    described->log.mode = 0600;
    EXPECT_FALSE(only(difference(set_of({job("a")}), set_of({described}))).program);
    auto other = job("a");
    other->program.environment["QUEUE"] = "email";
    const auto changed = only(difference(set_of({job("a")}), set_of({other})));
    EXPECT_EQ(
        changed,
        (JobDifference{
            .kind = JobDifference::Kind::changed, .job = "a", .program = true, .staying = {1}}));
}

TEST(Difference, adds_or_removes_the_highest_numbers_only) {
    auto more = only(difference(set_of({job("a", 2)}), set_of({job("a", 4)})));
    EXPECT_THAT(more.coming, ElementsAre(3, 4));
    EXPECT_THAT(more.staying, ElementsAre(1, 2));
    EXPECT_THAT(more.going, IsEmpty());
    EXPECT_FALSE(more.program);
    auto fewer = only(difference(set_of({job("a", 4)}), set_of({job("a", 1)})));
    EXPECT_THAT(fewer.going, ElementsAre(2, 3, 4));
    EXPECT_THAT(fewer.staying, ElementsAre(1));
}

TEST(Difference, keeps_the_numbers_that_both_ranges_have) {
    auto moved = only(difference(set_of({job("a", 3, 1)}), set_of({job("a", 3, 2)})));
    EXPECT_THAT(moved.going, ElementsAre(1));
    EXPECT_THAT(moved.staying, ElementsAre(2, 3));
    EXPECT_THAT(moved.coming, ElementsAre(4));
}

DefinitionSet any_set() {
    DefinitionSet set;
    for (const char* name : {"a", "b", "c", "d"}) {
        if (*rc::gen::inRange(0, 3) == 0) {
            continue;
        }
        auto definition = job(name, *rc::gen::inRange<std::uint32_t>(1, 5),
                              *rc::gen::inRange<std::uint32_t>(0, 3));
        definition->enabled = *rc::gen::inRange(0, 3) != 0;
        definition->restart.limit = *rc::gen::inRange<std::uint32_t>(0, 2);
        definition->program.nice = *rc::gen::inRange(0, 2);
        set.emplace(name, definition);
    }
    return set;
}

std::set<std::uint32_t> numbers_of(const DefinitionSet& set, const std::string& name) {
    std::set<std::uint32_t> numbers;
    if (const auto found = set.find(name); found != set.end()) {
        for (std::uint32_t i = 0; i < found->second->instances; ++i) {
            numbers.insert(found->second->first_instance + i);
        }
    }
    return numbers;
}

std::set<std::uint32_t> joined(const Numbers& some, const Numbers& others) {
    std::set<std::uint32_t> all(some.begin(), some.end());
    all.insert(others.begin(), others.end());
    RC_ASSERT(all.size() == some.size() + others.size());
    return all;
}

RC_GTEST_PROP(DifferenceProperty, a_set_differs_from_itself_in_nothing, ()) {
    const DefinitionSet set = any_set();
    RC_ASSERT(difference(set, set).empty());
}

RC_GTEST_PROP(DifferenceProperty, exactly_the_changed_jobs_occur, ()) {
    const DefinitionSet before = any_set();
    const DefinitionSet wanted = any_set();
    const auto differences = difference(before, wanted);
    for (const char* name : {"a", "b", "c", "d"}) {
        const auto old_one = before.find(name);
        const auto new_one = wanted.find(name);
        const bool same = (old_one == before.end() && new_one == wanted.end()) ||
                          (old_one != before.end() && new_one != wanted.end() &&
                           *old_one->second == *new_one->second);
        const auto entries = std::ranges::count(differences, name, &JobDifference::job);
        RC_ASSERT(entries == (same ? 0 : 1));
    }
}

RC_GTEST_PROP(DifferenceProperty, applied_to_the_old_set_it_gives_the_new_one, ()) {
    const DefinitionSet before = any_set();
    const DefinitionSet wanted = any_set();
    for (const JobDifference& entry : difference(before, wanted)) {
        RC_ASSERT(joined(entry.staying, entry.going) == numbers_of(before, entry.job));
        RC_ASSERT(joined(entry.staying, entry.coming) == numbers_of(wanted, entry.job));
        RC_ASSERT(std::ranges::is_sorted(entry.coming) && std::ranges::is_sorted(entry.going) &&
                  std::ranges::is_sorted(entry.staying));
    }
}

}  // namespace
}  // namespace respawnd::core
