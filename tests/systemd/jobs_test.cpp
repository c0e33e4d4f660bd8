// Jobs under the unit: what they may do, and what the journal has of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "systemd/booted_system.h"

namespace respawnd::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class JobsOfUnit : public Booted {};

/// Writes what a process has been given into the folder $1, which is complete with the file `all`.
constexpr const char* inspection = R"(#!/bin/sh
mkdir "$1"
cd "$1" || exit
cat /proc/self/limits >limits
cat /proc/self/mountinfo >mounts
# Left out is what differs between any two processes, and SigIgn: SIGPIPE is ignored in a service.
fields='Umask|Uid|Gid|Groups|SigBlk|SigCgt|Cap.*|NoNewPrivs|Seccomp.*|Spec.*|.*_allowed.*'
grep -E "^($fields):" /proc/self/status >status
cat /proc/self/oom_score_adj /proc/self/coredump_filter /proc/self/loginuid >numbers 2>/dev/null
for kind in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$kind; done >namespaces
env >environment
touch all
)";

TEST_F(JobsOfUnit, may_do_and_see_what_a_plain_service_may) {
    write_file(system_.inside("/usr/local/bin/inspect"), inspection);
    ASSERT_EQ(system_.shell("chmod 755 /usr/local/bin/inspect").status, 0);
    system_.unit("plain.service",
                 "[Service]\nType=oneshot\nExecStart=/usr/local/bin/inspect /srv/service\n");
    system_.job("inspect", "command = ['inspect', '/srv/job']\nrestart = { policy = \"never\" }\n");
    ASSERT_EQ(system_.systemctl({"start", "plain", "respawnd"}).status, 0);
    ASSERT_TRUE(eventually([&] {
        return exists(system_.shared("service/all")) && exists(system_.shared("job/all"));
    }));
    for (const char* file : {"status", "limits", "mounts", "numbers", "namespaces"}) {
        const std::string of_service = read_file(system_.shared(std::string("service/") + file));
        EXPECT_NE(of_service, "");
        EXPECT_EQ(read_file(system_.shared(std::string("job/") + file)), of_service) << file;
    }
    const std::string limits = read_file(system_.shared("job/limits"));
    EXPECT_THAT(limits, testing::ContainsRegex("Max open files +1024 "));
    // What speaks of the daemon's place under systemd stays with the daemon.
    EXPECT_THAT(read_file(system_.shared("service/environment")), HasSubstr("INVOCATION_ID="));
    const std::string environment = read_file(system_.shared("job/environment"));
    for (const char* variable : {"NOTIFY_SOCKET=", "WATCHDOG_", "JOURNAL_STREAM=", "INVOCATION_ID=",
                                 "SYSTEMD_EXEC_PID=", "LISTEN_"}) {
        EXPECT_THAT(environment, Not(HasSubstr(variable)));
    }
}

TEST_F(JobsOfUnit, are_in_the_journal_under_their_own_names) {
    system_.job("mailer",
                "instances = 2\nlog = { target = \"journal\" }\nrestart = { policy = \"never\" }\n"
                "command = ['/bin/sh', '-c', 'echo from $RESPAWND_INSTANCE']\n");
    ASSERT_EQ(system_.systemctl({"start", "respawnd"}).status, 0);
    EXPECT_TRUE(eventually([&] { return count(system_.journal({"-t", "mailer"}), "from ") == 2; }));
    EXPECT_EQ(system_.journal({"RESPAWND_INSTANCE=mailer@1"}), "from mailer@1\n");
    EXPECT_EQ(system_.journal({"RESPAWND_INSTANCE=mailer@2", "SYSLOG_IDENTIFIER=mailer"}),
              "from mailer@2\n");
    // All that belongs to the unit, so also what `systemctl status` shows.
    const std::string of_unit = system_.journal({"-u", "respawnd"});
    EXPECT_THAT(of_unit, HasSubstr("from mailer@1\n"));
    EXPECT_THAT(of_unit, HasSubstr("mailer@1: running, pid "));
}

TEST_F(JobsOfUnit, are_told_about_in_the_journal_with_the_weight_of_the_message) {
    system_.job("wrong", "comand = \"x\"\n");
    system_.job("failing", "command = ['/bin/false']\nrestart = { policy = \"never\" }\n");
    ASSERT_EQ(system_.systemctl({"start", "respawnd"}).status, 0);
    ASSERT_TRUE(system_.says("failing: exited 1"));
    EXPECT_THAT(system_.journal({"-t", "respawnd", "-p", "err"}),
                HasSubstr("/etc/respawnd/watchdog.d/wrong.toml:1:1: error: "));
    EXPECT_THAT(system_.journal({"-t", "respawnd", "-p", "info..info"}),
                HasSubstr("failing: running, pid "));
}

TEST_F(JobsOfUnit, are_kept_running_while_the_journal_hangs) {
    ASSERT_EQ(system_.systemctl({"start", "respawnd"}).status, 0);
    const auto tell_journald = [this](const char* signal) {
        return system_.systemctl({"kill", "-s", signal, "systemd-journald"}).status;
    };
    ASSERT_EQ(tell_journald("STOP"), 0);
    // One after another, and with far more messages than its socket holds.
    constexpr int jobs = 40;
    for (int job = 0; job < jobs; ++job) {
        const std::string sign = "started" + std::to_string(job);
        system_.job("job" + std::to_string(job),
                    "command = ['/bin/sh', '-c', 'touch /srv/" + sign + "; exec sleep 1000']\n");
        ASSERT_TRUE(eventually([&] { return exists(system_.shared(sign)); })) << job;
    }
    EXPECT_EQ(tell_journald("CONT"), 0);
    // What it says as soon as the journal reads again tells that something is missing.
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(system_.systemctl({"reload", "respawnd"}).status, 0);
        return count(system_.journal({"-t", "respawnd"}), " messages found no reader") == 1;
    }));
}

TEST_F(JobsOfUnit, are_told_about_when_the_journal_has_been_started_anew) {
    ASSERT_EQ(system_.systemctl({"start", "respawnd"}).status, 0);
    EXPECT_EQ(system_
                  .shell("systemctl stop systemd-journald.socket systemd-journald.service 2>&1; "
                         "systemctl start systemd-journald.socket systemd-journald.service")
                  .status,
              0);
    system_.job("later", "command = ['sleep', '1000']\n");
    EXPECT_TRUE(system_.says("later: running, pid "));
}

}  // namespace
}  // namespace respawnd::tests
