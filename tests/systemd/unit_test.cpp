// The shipped unit in a booted systemd: how it starts, what it tells, and how it is brought back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <utility>

#include "systemd/booted_system.h"

namespace respawnd::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* sleeper = "command = [\"sleep\", \"1000\"]\n";

/// Says "alone" in its log, or "beside another" while an older self of it still lives.
constexpr const char* only_child =
    "command = ['/bin/sh', '-c', '''exec 9>/srv/alone.lock\n"
    "flock -n 9 && echo alone || echo beside another\n"
    "exec sleep 1000''']\n";

class Unit : public Booted {
  protected:
    void start() const {
        const Outcome started = system_.systemctl({"start", "respawnd"});
        ASSERT_EQ(started.status, 0) << started.text;
    }
    [[nodiscard]] bool logs(const std::string& name, const std::string& text, int times = 1) const {
        return eventually([&] {
            return count(read_file(system_.log("respawnd/" + name + ".log")), text) >= times;
        });
    }
};

TEST_F(Unit, is_verified_without_a_word) {
    const Outcome verified = system_.run(
        {"systemd-analyze", "verify", "--man=no", "/etc/systemd/system/respawnd.service"});
    EXPECT_EQ(verified.status, 0);
    EXPECT_EQ(verified.text, "");
}

TEST_F(Unit, status_tells_how_many_jobs_run_and_which_do_not) {
    system_.job("good", "instances = 2\n" + std::string(sleeper));
    system_.job("missing", "command = [\"/no/such/program\"]\nrestart = { policy = \"never\" }\n");
    start();
    const Outcome status = system_.systemctl({"status", "respawnd"});
    EXPECT_EQ(status.status, 0);
    EXPECT_THAT(status.text, HasSubstr("Active: active (running)"));
    EXPECT_THAT(status.text, HasSubstr("Status: \"2 running; 1 failed: missing (run "));
    system_.job("another", sleeper);
    EXPECT_TRUE(eventually(
        [&] { return system_.property("StatusText").starts_with("3 running; 1 failed"); }));
}

/// A program that does not begin: the kernel holds up whoever opens or runs a file with a lease on
/// it until that is given back.
class HeldProgram {
  public:
    explicit HeldProgram(const std::string& path) {
        std::filesystem::copy_file("/bin/sleep", path);
        (void)std::signal(SIGIO, SIG_IGN);  // how the kernel asks for it
        file_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
        is_held_ = fcntl(file_, F_SETLEASE, F_WRLCK) == 0;
    }
    HeldProgram(const HeldProgram&) = delete;
    HeldProgram& operator=(const HeldProgram&) = delete;
    ~HeldProgram() { release(); }

    [[nodiscard]] bool is_held() const { return is_held_; }
    void release() {
        if (file_ >= 0) {
            (void)close(std::exchange(file_, -1));
        }
    }

  private:
    int file_;
    bool is_held_;
};

TEST_F(Unit, is_not_active_while_a_first_start_lasts) {
    HeldProgram held(system_.shared("held"));
    ASSERT_TRUE(held.is_held());
    system_.job("held", "command = ['/srv/held', '1000']\n");
    system_.job("quick", sleeper);
    ASSERT_EQ(system_.systemctl({"start", "--no-block", "respawnd"}).status, 0);
    ASSERT_TRUE(system_.says("quick: running, pid "));
    EXPECT_EQ(system_.property("ActiveState"), "activating");
    held.release();
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
    EXPECT_EQ(system_.property("StatusText"), "2 running");
}

TEST_F(Unit, stops_while_a_first_start_lasts) {
    HeldProgram held(system_.shared("held"));
    ASSERT_TRUE(held.is_held());
    system_.job("held", "command = ['/srv/held', '1000']\n");
    system_.job("quick", sleeper);
    ASSERT_EQ(system_.systemctl({"start", "--no-block", "respawnd"}).status, 0);
    ASSERT_TRUE(system_.says("quick: running, pid "));
    EXPECT_EQ(system_.systemctl({"stop", "respawnd"}).status, 0);
    EXPECT_EQ(system_.property("Result"), "success");
    EXPECT_TRUE(system_.says("stopped 2 instances"));
}

TEST_F(Unit, is_active_when_every_job_has_been_started_once_and_right_after_that) {
    constexpr int jobs = 8;  // their messages fit into the socket of the journal
    for (int job = 0; job < jobs; ++job) {
        system_.job("job" + std::to_string(job), sleeper);
    }
    start();
    EXPECT_EQ(system_.property("StatusText"), std::to_string(jobs) + " running");
    // Both times are of the same clock: the kernel's when the message was sent, and systemd's when
    // it had taken READY.
    long long last_start = 0;
    int starts = 0;
    std::istringstream entries(system_
                                   .shell("journalctl -q -t respawnd -o json "
                                          "--output-fields=MESSAGE,_SOURCE_REALTIME_TIMESTAMP")
                                   .text);
    for (std::string entry; std::getline(entries, entry);) {
        const std::string key = "\"_SOURCE_REALTIME_TIMESTAMP\":\"";
        if (const auto at = entry.find(key);
            at != std::string::npos && entry.find(": running, pid ") != std::string::npos) {
            ++starts;
            last_start = std::max(last_start, std::atoll(entry.c_str() + at + key.size()));
        }
    }
    EXPECT_EQ(starts, jobs);
    const Outcome active_since =
        system_.run({"date", "-d", system_.property("ActiveEnterTimestamp"), "+%s%6N"});
    const long long active = std::atoll(active_since.text.c_str());
    EXPECT_GE(active, last_start);
    std::cout << "READY was taken " << active - last_start << " us after the last first start\n";
}

TEST_F(Unit, a_reload_reads_the_settings_and_keeps_the_daemon) {
    system_.job("colour",
                "command = ['/bin/sh', '-c', 'echo \"it is $COLOUR\"; exec sleep 1000']\n");
    start();
    ASSERT_TRUE(logs("colour", "it is \n"));
    const std::string daemon = system_.property("MainPID");
    place_file(system_.inside("/etc/respawnd/respawnd.toml"),
               "[defaults.environment]\nCOLOUR = \"green\"\n");
    EXPECT_EQ(system_.systemctl({"reload", "respawnd"}).status, 0);
    EXPECT_TRUE(logs("colour", "it is green\n"));
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
    EXPECT_EQ(system_.property("MainPID"), daemon);
    // A mistake is told, and what is in force stays.
    place_file(system_.inside("/etc/respawnd/respawnd.toml"), "colour = \"blue\"\n");
    EXPECT_EQ(system_.systemctl({"reload", "respawnd"}).status, 0);
    EXPECT_TRUE(system_.says("/etc/respawnd/respawnd.toml:1:1: error: "));
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
    EXPECT_TRUE(system_.shows("StatusText", "1 running"));
    EXPECT_EQ(system_.property("MainPID"), daemon);
}

TEST_F(Unit, a_loop_that_hangs_is_ended_and_started_again_with_its_jobs) {
    system_.drop_in("[Service]\nWatchdogSec=2s\n");
    system_.job("only", only_child);
    start();
    ASSERT_TRUE(logs("only", "alone"));
    const std::string hung = system_.property("MainPID");
    ASSERT_EQ(system_.shell("kill -STOP " + hung).status, 0);
    EXPECT_TRUE(eventually([&] { return system_.property("MainPID") != hung; }));
    EXPECT_TRUE(logs("only", "alone", 2));
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
    EXPECT_THAT(system_.journal({"-u", "respawnd", "_PID=1"}), HasSubstr("Watchdog timeout"));
    EXPECT_THAT(read_file(system_.log("respawnd/only.log")), Not(HasSubstr("beside another")));
}

TEST_F(Unit, a_daemon_that_is_killed_comes_back_and_no_job_runs_twice) {
    system_.job("only", only_child);
    start();
    for (int killed = 1; killed <= 5; ++killed) {
        ASSERT_TRUE(logs("only", "alone", killed));
        ASSERT_EQ(system_.systemctl({"kill", "--kill-whom=main", "-s", "KILL", "respawnd"}).status,
                  0);
    }
    EXPECT_TRUE(logs("only", "alone", 6));
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
    EXPECT_EQ(system_.property("NRestarts"), "5");
    EXPECT_THAT(read_file(system_.log("respawnd/only.log")), Not(HasSubstr("beside another")));
}

TEST_F(Unit, a_daemon_that_ends_by_a_signal_by_hand_comes_back) {
    start();
    ASSERT_EQ(system_.systemctl({"kill", "--kill-whom=main", "-s", "TERM", "respawnd"}).status, 0);
    EXPECT_TRUE(system_.shows("NRestarts", "1"));
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
}

TEST_F(Unit, a_mistake_in_the_settings_fails_the_start_and_is_mended_by_mending_it) {
    const std::string settings = system_.inside("/etc/respawnd/respawnd.toml");
    place_file(settings, "colour = \"blue\"\n");
    EXPECT_NE(system_.systemctl({"start", "respawnd"}).status, 0);
    EXPECT_THAT(system_.journal({"-u", "respawnd"}),
                HasSubstr("/etc/respawnd/respawnd.toml:1:1: error: "));
    place_file(settings, "");
    EXPECT_TRUE(system_.shows("ActiveState", "active"));
}

TEST_F(Unit, a_wrong_command_line_is_not_tried_again) {
    system_.drop_in("[Service]\nExecStart=\nExecStart=/usr/local/sbin/respawnd --colour\n");
    EXPECT_NE(system_.systemctl({"start", "respawnd"}).status, 0);
    EXPECT_EQ(system_.property("ActiveState"), "failed");
    EXPECT_EQ(system_.property("NRestarts"), "0");
    EXPECT_THAT(system_.journal({"-u", "respawnd"}), HasSubstr("--colour"));
}

}  // namespace
}  // namespace respawnd::tests
