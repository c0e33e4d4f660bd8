#include "platform/job_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using ::testing::HasSubstr;
using testing::in_own_process;
using testing::is_root;
using testing::TemporaryFolder;

struct stat status_of(const std::string& path) {
    struct stat status{};
    (void)::lstat(path.c_str(), &status);
    return status;
}

class JobDirectories : public ::testing::Test {
  protected:
    JobDirectory wanted(const std::string& name) const {
        return {folder_.path(), name, is_root() ? 54321U : ::geteuid(),
                is_root() ? 54322U : ::getegid()};
    }
    std::string refusal(const std::string& name) const {
        const auto made = make_job_directory(wanted(name));
        return made ? "(made " + *made + ")" : made.error().text();
    }
    TemporaryFolder folder_;
};

TEST_F(JobDirectories, makes_one_for_the_user_whatever_the_umask) {
    EXPECT_EQ(in_own_process([&]() -> std::string {
                  (void)::umask(0077);
                  return make_job_directory(wanted("mailer")) ? "" : "not made";
              }),
              "");
    const struct stat status = status_of(folder_.path() + "/mailer");
    EXPECT_EQ(status.st_mode, S_IFDIR | 0755U);
    EXPECT_EQ(status.st_uid, wanted("").uid);
    EXPECT_EQ(status.st_gid, wanted("").gid);
}

TEST_F(JobDirectories, folders_on_the_way_are_not_given_away) {
    EXPECT_EQ(make_job_directory(wanted("a/b/c")).value(), folder_.path() + "/a/b/c");
    EXPECT_EQ(status_of(folder_.path() + "/a").st_uid, ::geteuid());
    EXPECT_EQ(status_of(folder_.path() + "/a/b/c").st_uid, wanted("").uid);
}

TEST_F(JobDirectories, one_that_is_there_keeps_its_mode) {
    ASSERT_TRUE(make_job_directory(wanted("a")));
    ASSERT_EQ(::chmod((folder_.path() + "/a").c_str(), 0700), 0);
    ASSERT_TRUE(make_job_directory(wanted("a")));
    EXPECT_EQ(status_of(folder_.path() + "/a").st_mode, S_IFDIR | 0700U);
}

TEST_F(JobDirectories, what_is_no_folder_is_refused_and_left_alone) {
    const std::string target = folder_.folder("target");
    const std::string link = folder_.path() + "/link";
    ASSERT_EQ(::symlink(target.c_str(), link.c_str()), 0);
    EXPECT_EQ(refusal("link"), "make directory \"" + link + "\": a symbolic link stands there");
    EXPECT_THAT(refusal("link/below"), HasSubstr("a symbolic link stands there"));
    EXPECT_EQ(status_of(target).st_uid, ::geteuid());
    const std::string file = folder_.file("file", "x");
    EXPECT_EQ(refusal("file"), "make directory \"" + file + "\": something else stands there");
}

TEST_F(JobDirectories, only_plain_relative_paths_are_taken) {
    for (const char* name : {"", "/a", "..", "a/../b", "a//b", "a/", "."}) {
        EXPECT_THAT(refusal(name), HasSubstr("it is not a plain relative path")) << name;
    }
}

TEST_F(JobDirectories, a_strangers_folder_is_refused_with_the_command_that_mends_it) {
    if (!is_root()) {
        GTEST_SKIP() << "a stranger's folder needs root";
    }
    const std::string path = folder_.folder("a");
    ASSERT_EQ(::chown(path.c_str(), 4444, 4444), 0);
    EXPECT_EQ(refusal("a"), "directory \"" + path +
                                "\" belongs to user 4444; \"chown -R "
                                "54321:54322 " +
                                path + "\" hands it over");
}

TEST_F(JobDirectories, a_missing_base_is_told) {
    const auto made = make_job_directory({folder_.path() + "/none", "a", 0, 0});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().text(),
              "open directory \"" + folder_.path() + "/none\": No such file or directory");
}

}  // namespace
}  // namespace respawnd::platform
