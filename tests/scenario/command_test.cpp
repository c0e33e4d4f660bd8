// The command line of respawnd.
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

struct Answer {
    int code = -1;
    std::string text;  ///< standard output and error
};

Answer respawnd(const std::string& arguments) {
    const std::string command = RESPAWND_BINARY_DIR "/src/respawnd " + arguments + " 2>&1";
    Answer answer;
    FILE* output = popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), output)) {
        answer.text.append(buffer.data(), size);
    }
    answer.code = WEXITSTATUS(pclose(output));
    return answer;
}

class Command : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::create_directory(jobs()); }
    [[nodiscard]] std::string jobs() const { return folder_.path() + "/jobs"; }
    [[nodiscard]] std::string settings() const { return folder_.path() + "/respawnd.toml"; }
    TemporaryFolder folder_;
};

TEST_F(Command, check_finds_nothing_in_good_files) {
    write_file(jobs() + "/one.toml", "command = \"sleep 1\"\n");
    write_file(jobs() + "/two.toml", "command = \"sleep 1\"\n");
    const Answer answer = respawnd("--check --jobs " + jobs());
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.text, "2 jobs in " + jobs() + ", no mistakes\n");
}

TEST_F(Command, check_tells_every_mistake_and_exits_1) {
    write_file(jobs() + "/one.toml", "comand = \"sleep 1\"\nnice = 99\n");
    write_file(jobs() + "/two.toml", "command = \"sleep 1\"\n");
    const Answer answer = respawnd("--check --jobs " + jobs());
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.text.find(jobs() + "/one.toml:1:1: error: "), std::string::npos)
        << answer.text;
    EXPECT_NE(answer.text.find("did you mean \"command\"?"), std::string::npos) << answer.text;
    EXPECT_NE(answer.text.find("/one.toml:2:"), std::string::npos) << answer.text;
    EXPECT_NE(answer.text.find("1 good job in " + jobs() + ", 1 file with mistakes\n"),
              std::string::npos)
        << answer.text;
}

TEST_F(Command, check_looks_at_the_settings_too) {
    write_file(settings(), "max_jobs = \"many\"\n");
    write_file(jobs() + "/one.toml", "command = \"sleep 1\"\n");
    const Answer answer = respawnd("--check --jobs " + jobs() + " --config " + settings());
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.text.find(settings() + ":1:"), std::string::npos) << answer.text;
}

TEST_F(Command, settings_prints_what_reads_back_as_the_same) {
    write_file(settings(), "shutdown_timeout = \"12s\"\n[defaults]\nnice = 3\n");
    const Answer first = respawnd("--settings --config " + settings());
    EXPECT_EQ(first.code, 0);
    EXPECT_NE(first.text.find("shutdown_timeout = \"12s\""), std::string::npos) << first.text;
    write_file(settings(), first.text);
    EXPECT_EQ(respawnd("--settings --config " + settings()).text, first.text);
}

TEST_F(Command, version_names_it_and_what_the_kernel_offers) {
    const Answer answer = respawnd("--version");
    EXPECT_EQ(answer.code, 0);
    EXPECT_TRUE(answer.text.starts_with("respawnd " RESPAWND_VERSION "\n")) << answer.text;
    EXPECT_NE(answer.text.find("clone3"), std::string::npos) << answer.text;
}

TEST_F(Command, a_wrong_option_is_usage) {
    EXPECT_EQ(respawnd("--no-such-option").code, 2);
    EXPECT_EQ(respawnd("--help").code, 0);
}

TEST_F(Command, a_named_settings_file_must_exist) {
    const Answer answer =
        respawnd("--config " + settings() + " --jobs " + jobs() + " --runtime-dir " +
                 folder_.path() + "/run --log-dir " + folder_.path() + "/log");
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.text.find(settings() + "\": No such file or directory"), std::string::npos)
        << answer.text;
}

TEST_F(Command, a_run_time_directory_with_too_long_a_path_is_refused) {
    const Answer answer =
        respawnd("--jobs " + jobs() + " --log-dir " + folder_.path() + "/log --runtime-dir " +
                 folder_.path() + "/" + std::string(70, 'x'));
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.text.find("only 80 leave room"), std::string::npos) << answer.text;
}

TEST(SecondDaemon, is_told_who_holds_the_run_time_directory) {
    DaemonUnderTest daemon;
    daemon.start();
    ASSERT_TRUE(daemon.says(", stop with Ctrl-C"));
    const Answer answer = respawnd("--jobs " + daemon.folder() + "/watchdog.d --runtime-dir " +
                                   daemon.folder() + "/run --log-dir " + daemon.folder() + "/log");
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.text.find("already running as process " + std::to_string(daemon.pid())),
              std::string::npos)
        << answer.text;
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(SecondDaemon, starts_after_a_first_one_that_was_killed) {
    DaemonUnderTest daemon;
    daemon.start();
    ASSERT_TRUE(daemon.says(", stop with Ctrl-C"));
    daemon.signal(SIGKILL);
    EXPECT_EQ(daemon.wait_for_exit(), 128 + SIGKILL);
    daemon.start();
    EXPECT_TRUE(daemon.says(", stop with Ctrl-C", 2));
    EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace respawnd::tests
