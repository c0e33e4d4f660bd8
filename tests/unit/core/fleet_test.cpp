#include "core/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct EventWords {
    std::string operator()(const event::StartWanted&) const { return "start"; }
    std::string operator()(const event::DefinitionChanged& changed) const {
        return changed.program ? "changed program" : "changed live";
    }
    std::string operator()(const event::StopWanted& stop) const {
        switch (stop.reason) {
            case DownReason::not_enabled:
                return "stop, not enabled";
            case DownReason::by_operator:
                return "stop, operator";
            case DownReason::file_removed:
                return "stop, file removed";
            case DownReason::not_asked_for:
                return "stop, not asked for";
            case DownReason::shutdown:
                return "stop, shutdown";
        }
        return {};
    }
    std::string operator()(const event::KillWanted&) const { return "kill"; }
    std::string operator()(const auto&) const { return "other"; }
};

class FleetTest : public testing::Test {
  protected:
    static std::shared_ptr<JobDefinition> job(const std::string& name, std::uint32_t instances) {
        auto definition = std::make_shared<JobDefinition>();
        definition->name = name;
        definition->instances = instances;
        definition->program.command = {"/bin/true"};
        return definition;
    }
    std::vector<std::string> words(const Fleet::Events& events) const {
        std::vector<std::string> all;
        for (const auto& [id, event] : events) {
            all.push_back(fleet.at(id).full_name() + ": " + std::visit(EventWords{}, event));
        }
        return all;
    }
    std::vector<std::string> apply(const std::vector<std::shared_ptr<JobDefinition>>& jobs) {
        DefinitionSet set;
        for (const auto& definition : jobs) {
            set.emplace(definition->name, definition);
        }
        return words(fleet.apply(set));
    }
    Fleet fleet;
};

TEST_F(FleetTest, starts_every_instance_of_a_new_job) {
    EXPECT_THAT(apply({job("web", 1), job("mailer", 2)}),
                ElementsAre("mailer@1: start", "mailer@2: start", "web: start"));
    EXPECT_EQ(fleet.counts().stopped, 3U);
    EXPECT_EQ(fleet.counts().all(), 3U);
    EXPECT_TRUE(fleet.find({"mailer", 2}));
    EXPECT_FALSE(fleet.find({"mailer", 3}));
    EXPECT_EQ(fleet.definitions().size(), 2U);
}

TEST_F(FleetTest, leaves_alone_what_has_not_changed) {
    (void)apply({job("web", 1), job("mailer", 2)});
    EXPECT_THAT(apply({job("web", 1), job("mailer", 2)}), IsEmpty());
    auto changed = job("web", 1);
    changed->program.nice = 5;
    EXPECT_THAT(apply({changed, job("mailer", 2)}), ElementsAre("web: changed program"));
    EXPECT_EQ(fleet.at(*fleet.find({"web", 1})).definition, changed);
}

TEST_F(FleetTest, adds_and_stops_the_highest_numbers) {
    (void)apply({job("mailer", 2)});
    EXPECT_THAT(apply({job("mailer", 3)}),
                ElementsAre("mailer@1: changed live", "mailer@2: changed live", "mailer@3: start"));
    EXPECT_THAT(apply({job("mailer", 1)}),
                ElementsAre("mailer@2: stop, not asked for", "mailer@3: stop, not asked for",
                            "mailer: changed live"));
}

TEST_F(FleetTest, knows_a_disabled_job_without_starting_it) {
    auto off = job("web", 1);
    off->enabled = false;
    EXPECT_THAT(apply({off}), IsEmpty());
    EXPECT_TRUE(fleet.find({"web", 1}));
    EXPECT_THAT(apply({job("web", 1)}), ElementsAre("web: changed live", "web: start"));
    EXPECT_THAT(apply({off}), ElementsAre("web: stop, not enabled"));
}

TEST_F(FleetTest, gives_a_new_program_to_what_was_started_by_hand_and_is_now_enabled) {
    auto off = job("web", 1);
    off->enabled = false;
    (void)apply({off});
    auto on = job("web", 1);
    on->program.nice = 5;
    // The change first: running, it is restarted; stopped, it is started once.
    EXPECT_THAT(apply({on}), ElementsAre("web: changed program", "web: start"));
}

TEST_F(FleetTest, takes_back_what_was_on_its_way_out) {
    (void)apply({job("web", 1)});
    const auto id = fleet.find({"web", 1});
    EXPECT_THAT(apply({}), ElementsAre("web: stop, file removed"));
    EXPECT_EQ(fleet.find({"web", 1}), id);
    auto again = job("web", 1);
    EXPECT_THAT(apply({again}), ElementsAre("web: start"));
    EXPECT_EQ(fleet.find({"web", 1}), id);
    EXPECT_EQ(fleet.at(*id).definition, again);
    (void)apply({});
    again->enabled = false;
    EXPECT_THAT(apply({again}), ElementsAre("web: stop, not enabled"));
}

TEST_F(FleetTest, gives_the_place_of_a_forgotten_instance_to_a_new_one) {
    (void)apply({job("web", 1)});
    const InstanceId id = *fleet.find({"web", 1});
    (void)apply({});
    fleet.forget(id);
    EXPECT_FALSE(fleet.has(id));
    EXPECT_FALSE(fleet.find({"web", 1}));
    EXPECT_EQ(fleet.counts().all(), 0U);
    (void)apply({job("mailer", 1)});
    EXPECT_EQ(fleet.find({"mailer", 1}), id);
}

TEST_F(FleetTest, ends_everybody) {
    (void)apply({job("web", 1), job("mailer", 2)});
    EXPECT_THAT(
        words(fleet.stop_all()),
        ElementsAre("mailer@1: stop, shutdown", "mailer@2: stop, shutdown", "web: stop, shutdown"));
    EXPECT_THAT(words(fleet.kill_all()),
                ElementsAre("mailer@1: kill", "mailer@2: kill", "web: kill"));
}

TEST_F(FleetTest, counts_by_state) {
    (void)apply({job("mailer", 7)});
    fleet.at(0).instance.state = state::Stopped{};
    fleet.at(1).instance.state = state::Starting{};
    fleet.at(2).instance.state = state::Running{};
    fleet.at(3).instance.state = state::Stopping{};
    fleet.at(4).instance.state = state::Backoff{};
    fleet.at(5).instance.state = state::Finished{};
    fleet.at(6).instance.state = state::Failed{};
    const FleetCounts counts = fleet.counts();
    EXPECT_THAT((std::vector{counts.stopped, counts.starting, counts.running, counts.stopping,
                             counts.backoff, counts.finished, counts.failed}),
                ElementsAre(1, 1, 1, 1, 1, 1, 1));
}

using FleetDeathTest = FleetTest;
TEST_F(FleetDeathTest, aborts_when_the_unknown_is_forgotten) {
    EXPECT_DEATH(fleet.forget(0), "internal error");
}

}  // namespace
}  // namespace respawnd::core
