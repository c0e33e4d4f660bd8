// The end under systemd: of the service, and of the whole system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "systemd/booted_system.h"

namespace respawnd::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class SystemdStop : public Booted {
  protected:
    /// Starts the daemon and waits until `running` instances run with their traps set: each says
    /// "ready" with a file of its own in /srv/ready.
    void start(int running) const {
        ASSERT_EQ(system_.shell("mkdir -m 777 /srv/ready").status, 0);
        ASSERT_EQ(system_.systemctl({"start", "respawnd"}).status, 0);
        ASSERT_TRUE(eventually([&] {
            return system_.shell("ls /srv/ready | wc -l").text == std::to_string(running) + "\n";
        }));
    }
    /// A stop that systemd has to wait for, and does.
    void stop_in_order() const {
        EXPECT_EQ(system_.systemctl({"stop", "respawnd"}).status, 0);
        EXPECT_EQ(system_.property("Result"), "success");
        EXPECT_EQ(system_.property("ExecMainStatus"), "0");
        EXPECT_EQ(system_.property("ActiveState"), "inactive");
        EXPECT_THAT(system_.journal({"-u", "respawnd", "_PID=1"}), Not(HasSubstr("Killing")));
    }
};

constexpr const char* ignores_sigterm =
    "command = ['/bin/sh', '-c', '''trap \"\" TERM\n"
    "touch /srv/ready/$RESPAWND_INSTANCE\n"
    "while :; do sleep 1000; done''']\n";

TEST_F(SystemdStop, jobs_that_ignore_sigterm_end_together_in_the_time_that_they_were_given) {
    // Less than the jobs may take: the daemon asks systemd for more.
    system_.drop_in("[Service]\nTimeoutStopSec=1s\n");
    system_.job("deaf",
                "instances = 50\nstop = { timeout = \"3s\" }\n" + std::string(ignores_sigterm));
    // Two that make work for whoever stops: one fails all the time, one fails because it is
    // stopped.
    system_.job("failing",
                "command = ['/bin/false']\nrestart = { backoff = \"10ms\", "
                "max_backoff = \"10ms\" }\n");
    system_.job("sulking",
                "command = ['/bin/sh', '-c', '''trap \"echo sulked; exit 3\" TERM\n"
                "touch /srv/ready/$RESPAWND_INSTANCE\nwhile :; do sleep 0.1; done''']\n");
    start(51);
    const auto begun = std::chrono::steady_clock::now();
    stop_in_order();
    // One after another they would take 150 s.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, patience);
    EXPECT_EQ(read_file(system_.log("respawnd/sulking.log")), "sulked\n");
}

TEST_F(SystemdStop, a_shutdown_timeout_without_end_is_not_cut_short) {
    system_.drop_in("[Service]\nTimeoutStopSec=1s\n");
    place_file(system_.inside("/etc/respawnd/respawnd.toml"), "shutdown_timeout = \"infinity\"\n");
    system_.job("deaf", "stop = { timeout = \"3s\" }\n" + std::string(ignores_sigterm));
    start(1);
    stop_in_order();
}

TEST_F(SystemdStop, at_power_off_respawnd_stops_the_jobs_before_the_network_goes) {
    system_.unit("network.service",
                 "[Unit]\nBefore=network.target\nWants=network.target\n"
                 "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
                 "ExecStop=/bin/sh -c 'echo network down >>/srv/order'\n");
    ASSERT_EQ(system_.systemctl({"start", "network"}).status, 0);
    // Only respawnd knows that this job wants SIGUSR1; from anybody else it would be SIGTERM.
    system_.job("careful",
                "stop = { signal = \"SIGUSR1\" }\n"
                "command = ['/bin/sh', '-c', '''\n"
                "trap \"echo SIGTERM >>/srv/order; exit\" TERM\n"
                "trap \"seq 20000; echo the end; echo job stopped >>/srv/order; exit\" USR1\n"
                "touch /srv/ready/$RESPAWND_INSTANCE\n"
                "while :; do sleep 0.1; done''']\n");
    start(1);
    (void)system_.systemctl({"poweroff"});
    ASSERT_TRUE(system_.has_ended());
    EXPECT_EQ(read_file(system_.shared("order")), "job stopped\nnetwork down\n");
    const std::string log = read_file(system_.log("respawnd/careful.log"));
    EXPECT_TRUE(log.ends_with("\n20000\nthe end\n"));
    EXPECT_EQ(count(log, "\n"), 20001);
}

TEST_F(SystemdStop, a_journal_that_hangs_does_not_keep_it_from_its_end) {
    system_.job("mailer",
                "log = { target = \"journal\" }\n"
                "command = ['/bin/sh', '-c', '''touch /srv/ready/$RESPAWND_INSTANCE\n"
                "while [ ! -e /srv/go ]; do sleep 0.1; done\n"
                "seq 1000; touch /srv/ready/again; exec sleep 1000''']\n");
    start(1);
    ASSERT_EQ(system_.systemctl({"kill", "-s", "STOP", "systemd-journald"}).status, 0);
    write_file(system_.shared("go"), "");
    ASSERT_TRUE(eventually([&] { return exists(system_.shared("ready/again")); }));
    EXPECT_EQ(system_.systemctl({"stop", "respawnd"}).status, 0);
    EXPECT_EQ(system_.property("Result"), "success");
    EXPECT_EQ(system_.property("ExecMainStatus"), "0");
    EXPECT_EQ(system_.systemctl({"kill", "-s", "CONT", "systemd-journald"}).status, 0);
}

}  // namespace
}  // namespace respawnd::tests
