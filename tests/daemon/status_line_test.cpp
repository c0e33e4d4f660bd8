#include "daemon/status_line.h"

#include <gtest/gtest.h>

namespace respawnd::daemon {
namespace {

/// A fleet of one job of so many instances.
core::Fleet fleet_of(std::uint32_t instances) {
    core::JobDefinition job;
    job.name = "mailer";
    job.instances = instances;
    core::Fleet fleet;
    (void)fleet.apply({{"mailer", std::make_shared<const core::JobDefinition>(job)}});
    return fleet;
}

TEST(StatusLine, of_nothing_says_so) {
    EXPECT_EQ(status_line({}, 0), "no jobs");
}

TEST(StatusLine, counts_by_state_and_names_what_failed) {
    core::Fleet fleet = fleet_of(6);
    fleet.at(0).instance.state = core::state::Running{};
    fleet.at(1).instance.state = core::state::Running{};
    fleet.at(2).instance.state = core::state::Backoff{};
    fleet.at(3).instance.state = core::state::Failed{.reason = "exited 78"};
    fleet.at(4).instance.state = core::state::Finished{};
    EXPECT_EQ(status_line(fleet, 1),
              "2 running; 1 waiting for a restart: mailer@3; 1 finished: mailer@5; 1 stopped: "
              "mailer@6; 1 failed: mailer@4 (exited 78); 1 job file with mistakes");
}

TEST(StatusLine, names_no_more_than_three) {
    core::Fleet fleet = fleet_of(5);
    for (core::InstanceId id = 0; id < 5; ++id) {
        fleet.at(id).instance.state = core::state::Failed{.reason = "no"};
    }
    EXPECT_EQ(status_line(fleet, 0), "5 failed: mailer@1 (no), mailer@2 (no), mailer@3 (no)");
}

TEST(StatusLine, counts_in_words) {
    EXPECT_EQ(counted(1, "job"), "1 job");
    EXPECT_EQ(counted(0, "job"), "0 jobs");
}

}  // namespace
}  // namespace respawnd::daemon
