// What a service manager hears, held against a recorder on NOTIFY_SOCKET.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "scenario/daemon_under_test.h"
#include "scenario/notify_recorder.h"

namespace respawnd::tests {
namespace {

constexpr const char* sleeper = "command = [\"sleep\", \"1000\"]\n";

DaemonOptions told_to(const DaemonUnderTest& daemon) {
    return {.environment = {{"NOTIFY_SOCKET", daemon.folder() + "/notify"}}};
}

TEST(ServiceManager, ready_comes_after_every_first_start_and_says_how_the_jobs_are) {
    DaemonUnderTest daemon;
    Recorder manager(daemon.folder() + "/notify");
    daemon.job("good", "instances = 2\n" + std::string(sleeper));
    daemon.job("missing", "command = [\"/no/such/program\"]\n[restart]\npolicy = \"never\"\n");
    daemon.start(told_to(daemon));
    ASSERT_TRUE(
        manager.hears("READY=1\nSTATUS=2 running; 1 failed: missing (run "
                      "\"/no/such/program\": No such file or directory"));
    EXPECT_EQ(daemon.said(": running, pid "), 2);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(ServiceManager, status_follows_the_jobs) {
    DaemonUnderTest daemon;
    Recorder manager(daemon.folder() + "/notify");
    daemon.job("one", sleeper);
    daemon.start(told_to(daemon));
    ASSERT_TRUE(manager.hears("READY=1\nSTATUS=1 running"));
    daemon.job("two", sleeper);
    EXPECT_TRUE(manager.hears("\nSTATUS=2 running"));
    daemon.job("bad", "comand = \"x\"\n");
    daemon.job("three", sleeper);
    EXPECT_TRUE(manager.hears("\nSTATUS=3 running; 1 job file with mistakes"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(ServiceManager, a_reload_is_framed_by_reloading_and_ready) {
    DaemonUnderTest daemon;
    Recorder manager(daemon.folder() + "/notify");
    daemon.start(told_to(daemon));
    ASSERT_TRUE(manager.hears("READY=1"));
    daemon.signal(SIGHUP);
    ASSERT_TRUE(manager.hears("READY=1", 2));
    const std::string& heard = manager.heard();
    const auto reloading = heard.find("RELOADING=1\nMONOTONIC_USEC=");
    ASSERT_NE(reloading, std::string::npos);
    EXPECT_LT(reloading, heard.rfind("READY=1"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(ServiceManager, a_stop_asks_for_the_time_that_it_may_take) {
    DaemonUnderTest daemon;
    Recorder manager(daemon.folder() + "/notify");
    daemon.job("one", sleeper);
    DaemonOptions options = told_to(daemon);
    options.settings = "shutdown_timeout = \"20s\"\n";
    daemon.start(options);
    ASSERT_TRUE(manager.hears("READY=1"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(
        manager.hears("STOPPING=1\nSTATUS=Stopping all jobs\nEXTEND_TIMEOUT_USEC=35000000"));
}

TEST(ServiceManager, the_watchdog_is_fed_by_the_loop_and_not_without_it) {
    DaemonUnderTest daemon;
    Recorder manager(daemon.folder() + "/notify");
    DaemonOptions options = told_to(daemon);
    options.environment["WATCHDOG_USEC"] = "200000";
    daemon.start(options);
    ASSERT_TRUE(manager.hears("WATCHDOG=1", 5));
    daemon.signal(SIGSTOP);
    ASSERT_TRUE(eventually([&] {
        const std::string stat = read_file("/proc/" + std::to_string(daemon.pid()) + "/stat");
        return stat.find(") T ") != std::string::npos;
    }));
    const std::size_t heard = manager.heard().size();
    EXPECT_EQ(manager.heard().size(), heard);
    daemon.signal(SIGCONT);
    EXPECT_TRUE(eventually([&] { return manager.heard().size() > heard; }));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(ServiceManager, a_socket_that_nobody_reads_or_that_is_not_there_holds_up_nothing) {
    for (const char* address : {"/nonexistent/notify", "@respawnd-test-nobody", "rubbish"}) {
        DaemonUnderTest daemon;
        daemon.job("one", sleeper);
        daemon.start({.environment = {{"NOTIFY_SOCKET", address}, {"WATCHDOG_USEC", "20000"}}});
        EXPECT_GT(daemon.running("one"), 0) << address;
        EXPECT_EQ(daemon.stop(), 0) << address;
    }
    DaemonUnderTest daemon;
    Recorder never_reads(daemon.folder() + "/notify");
    daemon.job("one", sleeper);
    DaemonOptions options = told_to(daemon);
    options.environment["WATCHDOG_USEC"] = "2000";
    daemon.start(options);
    ASSERT_GT(daemon.running("one"), 0);
    // By the time that the queue of some 278 datagrams has been filled for long, the loop still
    // takes new files.
    for (int i = 0; i < 40; ++i) {
        daemon.job("job" + std::to_string(i), sleeper);
        ASSERT_GT(daemon.running("job" + std::to_string(i)), 0);
    }
    EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace respawnd::tests
