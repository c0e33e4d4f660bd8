// Who is signalled: a process of the job, never a stranger that got its number; and what cannot be
// killed keeps its place.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "scenario/daemon_under_test.h"
#include "scenario/frozen_disk.h"

namespace respawnd::tests {
namespace {

constexpr const char* sleeper = "command = [\"sleep\", \"1000\"]\n[log]\ntarget = \"none\"\n";

bool succeeds(const std::string& command) {
    return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

/// A process of the test beside the daemon, killed with everything below it at the end.
class Helper {
  public:
    explicit Helper(const std::string& shell_text) {
        std::string text = shell_text;
        std::string shell = "sh";
        std::string option = "-c";
        char* const words[] = {shell.data(), option.data(), text.data(), nullptr};
        EXPECT_EQ(posix_spawnp(&pid_, "sh", nullptr, nullptr, words, environ), 0);
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper() {
        end(pid_);
        (void)waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    static void end(pid_t pid) {
        for (const pid_t child : children_of(pid)) {
            end(child);
        }
        (void)kill(pid, SIGKILL);
    }
    pid_t pid_ = -1;
};

/// The only child of a process, once there is one; 0: none came.
pid_t child_of(pid_t parent) {
    pid_t found = 0;
    (void)eventually([&] {
        const auto children = children_of(parent);
        found = children.empty() ? 0 : children.front();
        return found != 0;
    });
    return found;
}

/// The number of a process as it is seen from inside its own namespace.
pid_t inner_pid(pid_t pid) {
    const std::string numbers = status_field(pid, "NSpid");
    const auto last = numbers.find_last_of(" \t");
    return std::atoi(numbers.c_str() + (last == std::string::npos ? 0 : last + 1));
}

TEST(Identity, a_stranger_with_the_number_of_an_ended_job_is_never_signalled) {
    if (geteuid() != 0 || !succeeds("unshare --pid --fork --mount-proc true")) {
        GTEST_SKIP() << "choosing a pid needs root and a pid namespace";
    }
    DaemonUnderTest daemon;
    daemon.job("ended", std::string(sleeper) + "[restart]\npolicy = \"never\"\n");
    daemon.job("edited", std::string(sleeper) + "[restart]\npolicy = \"never\"\n");
    daemon.start({.wrapper = {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"}});
    const pid_t outer = child_of(daemon.pid());
    ASSERT_GT(outer, 0);
    const std::string inside = "nsenter -t " + std::to_string(outer) + " -p -m ";
    std::vector<pid_t> canaries;
    std::vector<std::unique_ptr<Helper>> helpers;
    for (const std::string name : {"ended", "edited"}) {
        const std::string number = std::to_string(daemon.running(name));
        ASSERT_NE(number, "0");
        ASSERT_TRUE(succeeds(inside + "kill -KILL " + number));
        ASSERT_TRUE(daemon.says(name + ": killed by SIGKILL"));
        helpers.push_back(std::make_unique<Helper>(
            "exec " + inside + "setsid sh -c 'while :; do echo $((" + number +
            " - 1)) > /proc/sys/kernel/ns_last_pid; sleep 1000 & [ $! = " + number +
            " ] && echo up > " + daemon.path(name) + " && wait; kill $!; wait; done'"));
        ASSERT_EQ(daemon.sign(name), "up");
        // nsenter forks, so the shell is its child and the canary the shell's.
        pid_t canary = helpers.back()->pid();
        while (std::to_string(inner_pid(canary)) != number) {
            canary = child_of(canary);
            ASSERT_GT(canary, 0);
        }
        canaries.push_back(canary);
    }
    daemon.remove_job("ended");
    daemon.job("edited", "command = [\"sleep\", \"1001\"]\n[log]\ntarget = \"none\"\n");
    EXPECT_GT(daemon.running("edited", 2), 0);
    daemon.remove_job("edited");
    EXPECT_TRUE(daemon.says("edited: stopped: killed by SIGTERM"));
    daemon.job("marker", sleeper);
    EXPECT_GT(daemon.running("marker"), 0);
    for (const pid_t canary : canaries) {
        EXPECT_TRUE(is_alive(canary));
    }
    ASSERT_EQ(kill(outer, SIGTERM), 0);
    EXPECT_EQ(daemon.wait_for_exit(), 0);
}

TEST(Identity, the_number_in_an_old_lock_file_is_nobody) {
    DaemonUnderTest daemon;
    const Helper canary("exec sleep 1000");
    std::filesystem::create_directory(daemon.folder() + "/run");
    write_file(daemon.folder() + "/run/lock", std::to_string(canary.pid()) + "\n");
    daemon.job("job", sleeper);
    daemon.start();
    EXPECT_GT(daemon.running("job"), 0);
    EXPECT_EQ(std::atoi(read_file(daemon.folder() + "/run/lock").c_str()), daemon.pid());
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(is_alive(canary.pid()));
}

class Unkillable : public testing::Test {
  protected:
    void SetUp() override {
        if (geteuid() != 0) {
            GTEST_SKIP() << "only root can freeze a file system";
        }
        disk_ = std::make_unique<FrozenDisk>();
        if (!disk_->problem().empty()) {
            GTEST_SKIP() << disk_->problem();
        }
        disk_->freeze();
    }

    /// A job that hangs in a write, or sleeps after it.
    [[nodiscard]] std::string writing_job(const std::string& more) const {
        return "command = [\"/bin/sh\", \"-c\", \"echo > " + disk_->path() +
               "/file; exec sleep 1000\"]\n[log]\ntarget = \"none\"\n[stop]\ntimeout = "
               "\"100ms\"\n" +
               more;
    }
    static bool hangs(pid_t pid) {
        return eventually([&] { return status_field(pid, "State").starts_with("D"); });
    }

    std::unique_ptr<FrozenDisk> disk_;
};

TEST_F(Unkillable, it_is_named_and_keeps_its_place_until_it_goes) {
    DaemonUnderTest daemon;
    daemon.job("hangs", writing_job(""));
    daemon.job("other", std::string(sleeper) + "[restart]\nreset_after = \"0s\"\n");
    daemon.start();
    const pid_t pid = daemon.running("hangs");
    ASSERT_TRUE(hangs(pid));
    daemon.job("hangs", writing_job("[environment]\nANOTHER = \"1\"\n"));
    EXPECT_TRUE(daemon.says("hangs: did not end within 0.1 s; sending SIGKILL"));
    EXPECT_TRUE(daemon.says("hangs: pid " + std::to_string(pid) +
                            " (sh, state D) survives SIGKILL, so it hangs in the kernel"));
    const pid_t other = daemon.running("other");
    ASSERT_EQ(kill(other, SIGKILL), 0);
    EXPECT_GT(daemon.running("other", 2), 0);
    EXPECT_EQ(daemon.said("hangs: running"), 1);
    EXPECT_TRUE(is_alive(pid));
    disk_->thaw();
    EXPECT_TRUE(daemon.says("hangs: stopped: killed by SIG"));
    EXPECT_GT(daemon.running("hangs", 2), 0);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Unkillable, it_does_not_hold_up_the_end_of_the_daemon_for_ever) {
    DaemonUnderTest daemon;
    daemon.job("hangs", writing_job(""));
    daemon.job("other", sleeper);
    daemon.start({.settings = "shutdown_timeout = \"1s\"\n"});
    const pid_t pid = daemon.running("hangs");
    ASSERT_TRUE(hangs(pid));
    const pid_t other = daemon.running("other");
    ASSERT_GT(other, 0);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(
        daemon.says("hangs: pid " + std::to_string(pid) + " (sh, state D) survives SIGKILL"));
    EXPECT_EQ(daemon.said("ending without them"), 1);
    EXPECT_FALSE(is_alive(other));
    EXPECT_TRUE(is_alive(pid));
}

}  // namespace
}  // namespace respawnd::tests
