#include "platform/runtime_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/runtime_lock.h"

namespace respawnd::platform {
namespace {

class RuntimeDirectory : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(mkdtemp(base_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(base_); }
    [[nodiscard]] std::string path() const { return base_ + "/run"; }

    std::string base_ = "/tmp/respawnd-rt.XXXXXX";
};

TEST_F(RuntimeDirectory, is_made_with_its_folder_of_fifos) {
    ASSERT_TRUE(make_runtime_directory(path()));
    ASSERT_TRUE(make_runtime_directory(path()));
    EXPECT_TRUE(std::filesystem::is_directory(path() + "/output"));
}

TEST_F(RuntimeDirectory, that_others_may_write_in_is_refused_with_the_command_that_mends_it) {
    ASSERT_EQ(mkdir(path().c_str(), 0755), 0);
    ASSERT_EQ(chmod(path().c_str(), 0777), 0);
    const auto made = make_runtime_directory(path());
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().text(), "others may write in the folder \"" + path() +
                                       "\"; mend it with: chmod go-w " + path());
}

TEST_F(RuntimeDirectory, that_is_a_link_is_refused) {
    std::filesystem::create_directory(base_ + "/other");
    std::filesystem::create_symlink(base_ + "/other", path());
    EXPECT_FALSE(make_runtime_directory(path()));
}

TEST_F(RuntimeDirectory, loses_the_fifos_of_an_earlier_daemon_and_nothing_else) {
    const auto output = make_runtime_directory(path());
    ASSERT_TRUE(output);
    ASSERT_EQ(mkfifoat(output->get(), "0123456789abcdef", 0600), 0);
    std::filesystem::create_directory(path() + "/output/folder");
    for (const auto& [name, text] :
         {std::pair("0123456789abcdef.spool", "x"), std::pair("0123456789abcdee.spool", ""),
          std::pair("notes", "x")}) {
        std::ofstream(path() + "/output/" + name) << text;
    }
    EXPECT_EQ(remove_old_outputs(*output), 1U);
    EXPECT_FALSE(std::filesystem::exists(path() + "/output/0123456789abcdef.spool"));
    EXPECT_FALSE(std::filesystem::exists(path() + "/output/0123456789abcdee.spool"));
    EXPECT_TRUE(std::filesystem::exists(path() + "/output/notes"));
    EXPECT_FALSE(std::filesystem::exists(path() + "/output/0123456789abcdef"));
    EXPECT_TRUE(std::filesystem::exists(path() + "/output/folder"));
}

TEST_F(RuntimeDirectory, lock_is_held_by_one_process_and_names_it) {
    ASSERT_TRUE(make_runtime_directory(path()));
    auto taken = RuntimeLock::take(path());
    ASSERT_TRUE(taken);
    ASSERT_TRUE(std::holds_alternative<RuntimeLock>(*taken));
    const pid_t holder = getpid();
    const pid_t child = fork();
    if (child == 0) {
        const auto second = RuntimeLock::take(path());
        const HeldBy* held = second ? std::get_if<HeldBy>(&*second) : nullptr;
        _exit(held != nullptr && held->pid == holder ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(RuntimeDirectory, lock_of_a_process_that_has_ended_is_free) {
    ASSERT_TRUE(make_runtime_directory(path()));
    const pid_t child = fork();
    if (child == 0) {
        const auto first = RuntimeLock::take(path());
        _exit(first && std::holds_alternative<RuntimeLock>(*first) ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    const auto second = RuntimeLock::take(path());
    ASSERT_TRUE(second);
    EXPECT_TRUE(std::holds_alternative<RuntimeLock>(*second));
}

}  // namespace
}  // namespace respawnd::platform
