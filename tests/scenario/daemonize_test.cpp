// --daemonize and --pid-file: what a start script relies on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {
namespace {

using testing::HasSubstr;

struct Answer {
    int code = -1;
    std::string text;
};

class Daemonize : public testing::Test {
  protected:
    Daemonize() {
        for (const char* name : {"/jobs", "/log"}) {
            std::filesystem::create_directory(folder_.path() + name);
        }
        if (geteuid() == 0) {
            std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
        }
        job("sleeper", "command = \"sleep 1000\"\n");
    }
    ~Daemonize() override {
        if (daemon_ > 0) {
            (void)kill(daemon_, SIGTERM);
            EXPECT_TRUE(eventually([&] { return !is_alive(daemon_); }));
        }
        if (HasFailure()) {
            std::printf("--- the daemon said:\n%s", own_log().c_str());
        }
    }

    void job(const std::string& name, const std::string& text) const {
        place_file(folder_.path() + "/jobs/" + name + ".toml", text);
    }
    /// Runs it through a shell with its outputs in a pipe, to the end of that pipe: the daemon must
    /// hold none of it.
    Answer start(const std::string& more = "") {
        const std::string& folder = folder_.path();
        const std::string command = std::string("cd '") + folder +
                                    "' && " RESPAWND_BINARY_DIR
                                    "/src/respawnd --daemonize --jobs jobs --runtime-dir run "
                                    "--log-dir log --pid-file pid " +
                                    more + " 2>&1 </dev/null";
        Answer answer;
        std::FILE* pipe = popen(command.c_str(), "re");
        if (pipe == nullptr) {
            return answer;
        }
        std::array<char, 4096> buffer{};
        while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
            answer.text.append(buffer.data(), size);
        }
        const int status = pclose(pipe);
        answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (answer.code == 0) {
            daemon_ = std::atoi(read_file(folder + "/pid").c_str());
        }
        return answer;
    }
    std::string own_log() const { return read_file(folder_.path() + "/log/respawnd.log"); }
    static std::string link(pid_t pid, const std::string& what) {
        std::error_code problem;
        return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/" + what, problem);
    }

    TemporaryFolder folder_;
    pid_t daemon_ = 0;
};

TEST_F(Daemonize, returns_0_once_every_job_has_been_started_and_says_nothing) {
    const Answer answer = start();
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.text, "");
    EXPECT_THAT(own_log(), HasSubstr("sleeper: running, pid "));
    ASSERT_GT(daemon_, 0);
    EXPECT_EQ(link(daemon_, "cwd"), "/");
    for (const char* standard : {"fd/0", "fd/1", "fd/2"}) {
        EXPECT_EQ(link(daemon_, standard), "/dev/null");
    }
    // A session without a terminal, which the daemon does not lead, so that it can get none.
    EXPECT_NE(getsid(daemon_), daemon_);
    EXPECT_NE(getsid(daemon_), getsid(0));
    EXPECT_EQ(status_field(daemon_, "Umask"), "0022");
}

TEST_F(Daemonize, stops_its_jobs_and_takes_its_pid_file_along) {
    ASSERT_EQ(start().code, 0);
    const std::vector<pid_t> children = children_of(daemon_);
    (void)kill(daemon_, SIGTERM);
    EXPECT_TRUE(eventually([&] { return !is_alive(daemon_); }));
    for (const pid_t child : children) {
        EXPECT_FALSE(is_alive(child));
    }
    EXPECT_FALSE(exists(folder_.path() + "/pid"));
    EXPECT_THAT(own_log(), HasSubstr("stopped 1 instance"));
    daemon_ = 0;
}

TEST_F(Daemonize, says_why_it_could_not_start_and_returns_1) {
    ASSERT_EQ(start().code, 0);
    const Answer second = start();
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.text, HasSubstr("already running as process " + std::to_string(daemon_)));
    // The pid file is still the first one's.
    EXPECT_EQ(read_file(folder_.path() + "/pid"), std::to_string(daemon_) + "\n");
}

TEST_F(Daemonize, says_what_is_wrong_with_its_settings) {
    write_file(folder_.path() + "/bad.toml", "max_jobs = \"many\"\n");
    const Answer answer = start("--config bad.toml");
    EXPECT_EQ(answer.code, 1);
    EXPECT_THAT(answer.text, HasSubstr("bad.toml:1:"));
    EXPECT_THAT(answer.text, HasSubstr("not started, because of the settings"));
}

TEST_F(Daemonize, does_not_follow_a_link_to_its_pid_file) {
    write_file(folder_.path() + "/precious", "precious\n");
    std::filesystem::create_symlink("precious", folder_.path() + "/pid");
    const Answer answer = start();
    EXPECT_EQ(answer.code, 1);
    EXPECT_THAT(answer.text, HasSubstr("write the pid file"));
    EXPECT_EQ(read_file(folder_.path() + "/precious"), "precious\n");
}

TEST_F(Daemonize, is_ready_with_a_job_that_fails) {
    job("bad", "command = \"/does/not/exist\"\n");
    EXPECT_EQ(start().code, 0);
    EXPECT_THAT(own_log(), HasSubstr("bad: run \"/does/not/exist\": No such file or directory"));
}

TEST_F(Daemonize, says_that_the_log_folder_cannot_be_made) {
    std::filesystem::remove_all(folder_.path() + "/log");
    write_file(folder_.path() + "/log", "in the way");
    const Answer answer = start();
    EXPECT_EQ(answer.code, 1);
    EXPECT_THAT(answer.text, HasSubstr("/log\""));
}

}  // namespace
}  // namespace respawnd::tests
