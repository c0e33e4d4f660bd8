// Workers in PHP as they are found in the field, under the real daemon.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <sstream>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

class Php : public testing::Test {
  protected:
    void SetUp() override {
        if (std::system("php -r 'exit(0);' > /dev/null 2>&1") != 0) {
            GTEST_SKIP() << "php is not installed (Debian's package php-cli)";
        }
    }

    /// NAME.php of the folder php beside this file, with arguments.
    static std::string command(const std::string& name, const std::string& argument,
                               const std::string& second = "") {
        std::string text =
            "command = [\"php\", \"" RESPAWND_SOURCE_DIR "/tests/scenario/php/" + name + ".php\"";
        for (const std::string& word : {argument, second}) {
            if (!word.empty()) {
                text += ", \"" + word + "\"";
            }
        }
        return text + "]\n";
    }

    static std::string number(pid_t pid) { return std::to_string(pid); }
};

constexpr const char* always = "[restart]\npolicy = \"always\"\nreset_after = \"0s\"\n";

TEST_F(Php, a_looping_worker_comes_back_when_it_is_killed_and_works_on) {
    DaemonUnderTest daemon;
    write_file(daemon.path("tasks"), "first\n");
    daemon.job("mailer", command("queue_worker", daemon.path("tasks")) + always);
    daemon.start();
    const pid_t pid = daemon.running("mailer");
    ASSERT_GT(pid, 0);
    EXPECT_TRUE(daemon.logs("mailer", number(pid) + " sent first\n"));
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    const pid_t second = daemon.running("mailer", 2);
    ASSERT_GT(second, 0);
    EXPECT_TRUE(daemon.logs("mailer", number(second) + " sent first\n"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Php, an_uncaught_exception_is_a_failure_and_its_message_is_in_the_log) {
    DaemonUnderTest daemon;
    write_file(daemon.path("tasks"), "one\ncrash\n");
    daemon.job("mailer", command("queue_worker", daemon.path("tasks")));
    daemon.start();
    EXPECT_TRUE(daemon.says("mailer: exited 255 after "));
    EXPECT_TRUE(daemon.logs("mailer", "the mail server has gone away"));
    EXPECT_GT(daemon.running("mailer", 2), 0);
    write_file(daemon.path("tasks"), "one\ntwo\n");
    EXPECT_TRUE(daemon.logs("mailer", " sent two\n"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Php, die_is_a_clean_end_that_the_default_leaves_alone_with_a_hint) {
    DaemonUnderTest daemon;
    daemon.job("gives-up", command("gives_up", daemon.path("database")));
    daemon.start();
    EXPECT_TRUE(daemon.says("gives-up: exited 0 after "));
    EXPECT_TRUE(
        daemon.says("; policy \"on-failure\" leaves that alone (policy = \"always\" restarts it)"));
    EXPECT_TRUE(daemon.logs("gives-up", "cannot connect to the database\n"));
    daemon.job("keeps-trying", command("gives_up", daemon.path("database")) + always);
    EXPECT_TRUE(daemon.says("keeps-trying: exited 0 after ", 2));
    write_file(daemon.path("database"), "");
    EXPECT_TRUE(daemon.logs("keeps-trying", "connected\n"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Php, a_reload_by_sighup_keeps_the_process) {
    DaemonUnderTest daemon;
    write_file(daemon.path("settings.ini"), "greeting = hello\n");
    daemon.job("master", command("reloading_master", daemon.path("settings.ini")) + always);
    daemon.start();
    const pid_t pid = daemon.running("master");
    ASSERT_TRUE(daemon.logs("master", number(pid) + " started, greeting is hello\n"));
    place_file(daemon.path("settings.ini"), "greeting = salute\n");
    ASSERT_EQ(kill(pid, SIGHUP), 0);
    EXPECT_TRUE(daemon.logs("master", number(pid) + " reloaded, greeting is salute\n"));
    daemon.remove_job("master");
    EXPECT_TRUE(daemon.says("master: stopped: exited 0 after "));
    EXPECT_TRUE(daemon.logs("master", number(pid) + " good bye\n"));
    EXPECT_EQ(daemon.said("master: running"), 1);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Php, a_worker_that_ends_when_its_configuration_changes_is_started_with_the_new_one) {
    DaemonUnderTest daemon;
    write_file(daemon.path("configuration"), "one\n");
    daemon.job("worker", command("watching_worker", daemon.path("configuration")) + always);
    daemon.start();
    const pid_t first = daemon.running("worker");
    ASSERT_TRUE(daemon.logs("worker", number(first) + " works with one\n"));
    place_file(daemon.path("configuration"), "two\n");
    const pid_t second = daemon.running("worker", 2);
    ASSERT_GT(second, 0);
    EXPECT_TRUE(daemon.logs("worker", number(second) + " works with two\n"));
    EXPECT_TRUE(daemon.logs(
        "worker", number(first) + " ends, its configuration has changed\n" + number(second)));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Php, the_workers_of_a_master_that_dies_are_ended_before_it_comes_back) {
    DaemonUnderTest daemon;
    daemon.job("master", command("master_with_workers", "4", daemon.path("pids")) + always);
    daemon.start();
    const pid_t pid = daemon.running("master");
    ASSERT_GT(pid, 0);
    std::vector<pid_t> workers;
    const auto read_workers = [&](std::size_t at_least) {
        return eventually([&] {
            workers.clear();
            std::istringstream numbers(read_file(daemon.path("pids")));
            for (pid_t worker = 0; numbers >> worker;) {
                workers.push_back(worker);
            }
            return workers.size() >= at_least;
        });
    };
    constexpr std::size_t amount = 4;
    ASSERT_TRUE(read_workers(amount));
    // A worker is the master's affair.
    ASSERT_EQ(kill(workers.front(), SIGKILL), 0);
    ASSERT_TRUE(read_workers(amount + 1));
    EXPECT_EQ(daemon.said("master: running"), 1);
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    ASSERT_GT(daemon.running("master", 2), 0);
    for (const pid_t worker : std::vector(workers.begin(), workers.begin() + amount + 1)) {
        EXPECT_FALSE(is_alive(worker));
    }
    EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace respawnd::tests
