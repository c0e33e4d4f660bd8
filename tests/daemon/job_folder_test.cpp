#include "daemon/job_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "job_folder_under_test.h"

namespace respawnd::daemon {
namespace {

namespace fs = std::filesystem;
using testing::job_running;
using testing::JobFolderUnderTest;

TEST(JobFolder, reads_what_is_there_at_the_start) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.write("b.toml", job_running("two"));
    under_test.open();
    EXPECT_EQ(under_test.program_of("a"), "one");
    EXPECT_EQ(under_test.program_of("b"), "two");
    EXPECT_EQ(under_test.changes.size(), 1U);
    EXPECT_EQ(under_test.messages.size(), 0U);
}

TEST(JobFolder, a_file_that_is_renamed_into_place_takes_effect_at_once) {
    JobFolderUnderTest under_test;
    under_test.open();
    under_test.write("slow.toml", job_running("slow"));
    under_test.place("quick.toml", job_running("quick"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("quick"); }));
    EXPECT_FALSE(under_test.has("slow"));
    EXPECT_TRUE(under_test.until([&] { return under_test.has("slow"); }));
}

TEST(JobFolder, a_writer_that_pauses_after_every_line_brings_only_the_last_into_force) {
    JobFolderUnderTest under_test;
    under_test.open();
    const int fd = ::open(under_test.path("x.toml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ASSERT_GE(fd, 0);
    for (const std::string line :
         {"command = [\"/bin/true\"]\n", "umask = \"0077\"\n", "instances = 3\n"}) {
        ASSERT_EQ(::write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
        under_test.let_quiet_pass();
        EXPECT_FALSE(under_test.has("x"));
    }
    (void)::close(fd);
    ASSERT_TRUE(under_test.until([&] { return under_test.has("x"); }));
    EXPECT_EQ(under_test.jobs->definitions().at("x")->instances, 3U);
    EXPECT_EQ(under_test.told("x.toml"), 0U);
}

TEST(JobFolder, a_removed_file_takes_its_job_along) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.write("b.toml", job_running("two"));
    under_test.open();
    under_test.remove("a.toml");
    ASSERT_TRUE(under_test.until([&] { return !under_test.has("a"); }));
    under_test.remove("b.toml");
    EXPECT_TRUE(under_test.until([&] { return !under_test.has("b"); }));
}

TEST(JobFolder, a_broken_file_leaves_the_last_good_definition_and_says_so_once) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    under_test.write("a.toml", "comand = 1\n");
    ASSERT_TRUE(under_test.until([&] { return under_test.told("watchdog.d/a.toml:1:1: error:"); }));
    EXPECT_EQ(under_test.told("watchdog.d/a.toml: the last good definition stays in force"), 1U);
    EXPECT_EQ(under_test.program_of("a"), "one");
    EXPECT_EQ(under_test.jobs->mistaken_files(), 1U);
    under_test.jobs->read_now();
    under_test.let_quiet_pass();
    EXPECT_EQ(under_test.messages.size(), 1U);
    under_test.write("a.toml", job_running("three"));
    ASSERT_TRUE(under_test.until([&] { return under_test.program_of("a") == "three"; }));
    EXPECT_EQ(under_test.told("watchdog.d/a.toml: mended"), 1U);
    EXPECT_EQ(under_test.jobs->mistaken_files(), 0U);
}

}  // namespace
}  // namespace respawnd::daemon
