#include "platform/folder_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "started_programs.h"

namespace respawnd::platform {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using Kind = FolderChange::Kind;

class FolderWatchTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto made = EventLoop::make();
        ASSERT_TRUE(made);
        loop = std::make_unique<EventLoop>(*std::move(made));
        auto watching = FolderWatch::make(*loop, [] {});
        ASSERT_TRUE(watching) << watching.error().text();
        watch = *std::move(watching);
        jobs = base.folder("jobs", 0755);
    }
    void follow(const std::string& path,
                FolderWatch::Eagerness eagerness = FolderWatch::Eagerness::ordinary) {
        const auto followed = watch->follow(walk_path(path), eagerness);
        ASSERT_TRUE(followed) << followed.error().text();
    }
    /// The last thing that happened to a file, or nothing.
    static std::string last_of(const FolderChanges& changes, const std::string& name) {
        std::string last;
        for (const FolderChange& change : changes.files) {
            if (change.name == name) {
                last = change.kind == Kind::placed    ? "placed"
                       : change.kind == Kind::made    ? "made"
                       : change.kind == Kind::written ? "written"
                       : change.kind == Kind::touched ? "touched"
                                                      : "gone";
            }
        }
        return last;
    }

    TemporaryFolder base;
    std::string jobs;
    std::unique_ptr<EventLoop> loop;
    std::unique_ptr<FolderWatch> watch;
};

TEST_F(FolderWatchTest, tells_how_a_file_came_and_went) {
    follow(jobs);
    std::ofstream(jobs + "/a.toml") << "x";
    std::ofstream(base.path() + "/b") << "x";
    fs::rename(base.path() + "/b", jobs + "/b.toml");
    fs::create_symlink("b.toml", jobs + "/c.toml");
    fs::create_hard_link(jobs + "/b.toml", jobs + "/d.toml");
    std::ofstream(jobs + "/e.toml") << "x";
    ASSERT_EQ(::chmod((jobs + "/e.toml").c_str(), 0600), 0);
    const FolderChanges changes = watch->take_changes();
    EXPECT_FALSE(changes.look_at_all);
    EXPECT_EQ(last_of(changes, "a.toml"), "written");
    EXPECT_EQ(last_of(changes, "b.toml"), "placed");
    EXPECT_EQ(last_of(changes, "c.toml"), "made");
    EXPECT_EQ(last_of(changes, "d.toml"), "made");
    EXPECT_EQ(last_of(changes, "e.toml"), "touched");
    fs::remove(jobs + "/a.toml");
    fs::rename(jobs + "/b.toml", jobs + "/b.toml~");
    const FolderChanges after = watch->take_changes();
    EXPECT_EQ(last_of(after, "a.toml"), "gone");
    EXPECT_EQ(last_of(after, "b.toml"), "gone");
    EXPECT_EQ(after.files.size(), 2U);
}

TEST_F(FolderWatchTest, reading_and_listing_leave_no_event) {
    std::ofstream(jobs + "/a.toml") << "x";
    follow(jobs);
    {
        std::string text;
        std::ifstream(jobs + "/a.toml") >> text;
        EXPECT_FALSE(fs::is_empty(jobs));
    }
    const FolderChanges changes = watch->take_changes();
    EXPECT_FALSE(changes.look_at_all);
    EXPECT_TRUE(changes.files.empty());
}

TEST_F(FolderWatchTest, a_folder_that_is_moved_removed_or_put_there_is_a_reason_to_look) {
    follow(jobs);
    fs::rename(jobs, jobs + ".old");
    EXPECT_TRUE(watch->take_changes().look_at_all);
    follow(jobs);
    fs::rename(jobs + ".old", jobs);
    EXPECT_TRUE(watch->take_changes().look_at_all);
    follow(jobs);
    fs::remove_all(jobs);
    EXPECT_TRUE(watch->take_changes().look_at_all);
    follow(jobs);
    fs::create_directory(jobs);
    EXPECT_TRUE(watch->take_changes().look_at_all);
}

TEST_F(FolderWatchTest, other_files_beside_the_folder_are_no_reason_to_look) {
    follow(jobs);
    std::ofstream(base.path() + "/other") << "x";
    EXPECT_FALSE(watch->take_changes().look_at_all);
}

TEST_F(FolderWatchTest, a_way_that_is_made_bit_by_bit_is_followed) {
    const std::string path = base.path() + "/not/yet/jobs";
    follow(path);
    for (const char* part : {"/not", "/not/yet", "/not/yet/jobs"}) {
        fs::create_directory(base.path() + part);
        EXPECT_TRUE(watch->take_changes().look_at_all) << part;
        follow(path);
    }
    std::ofstream(path + "/a.toml") << "x";
    EXPECT_EQ(last_of(watch->take_changes(), "a.toml"), "written");
}

TEST_F(FolderWatchTest, a_folder_far_above_that_is_moved_is_a_reason_to_look) {
    (void)base.folder("far", 0755);
    (void)base.folder("far/above", 0755);
    (void)base.folder("far/above/the", 0755);
    const std::string path = base.folder("far/above/the/jobs", 0755);
    follow(path);
    fs::rename(base.path() + "/far", base.path() + "/away");
    EXPECT_TRUE(watch->take_changes().look_at_all);
}

TEST_F(FolderWatchTest, a_link_on_the_way_that_is_swapped_is_a_reason_to_look) {
    (void)base.folder("release-5", 0755);
    (void)base.folder("release-5/etc", 0755);
    (void)base.folder("release-5/etc/jobs", 0755);
    fs::create_symlink("release-5", base.path() + "/current");
    follow(base.path() + "/current/etc/jobs");
    fs::create_symlink("release-6", base.path() + "/next");
    (void)watch->take_changes();
    fs::rename(base.path() + "/next", base.path() + "/current");
    EXPECT_TRUE(watch->take_changes().look_at_all);
}

TEST_F(FolderWatchTest, rights_on_the_way_are_waited_for_where_they_are_the_trouble) {
    follow(jobs);
    ASSERT_EQ(::chmod(base.path().c_str(), 0700), 0);
    EXPECT_FALSE(watch->take_changes().look_at_all);
    follow(jobs, FolderWatch::Eagerness::wait_for_rights);
    ASSERT_EQ(::chmod(base.path().c_str(), 0755), 0);
    EXPECT_TRUE(watch->take_changes().look_at_all);
}

TEST_F(FolderWatchTest, events_of_a_folder_that_is_watched_no_more_are_dropped) {
    const std::string other = base.folder("other", 0755);
    follow(jobs);
    std::ofstream(jobs + "/a.toml") << "x";
    follow(other);
    const FolderChanges changes = watch->take_changes();
    EXPECT_TRUE(changes.files.empty());
}

TEST_F(FolderWatchTest, an_overflow_is_a_reason_to_look) {
    follow(jobs);
    int limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    ASSERT_GT(limit, 0);
    const UniqueFd a(::open((jobs + "/a.toml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    const UniqueFd b(::open((jobs + "/b.toml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    // Two files in turn, since equal events one after the other are one.
    for (int i = 0; i < limit; ++i) {
        ASSERT_EQ(::write(i % 2 == 0 ? a.get() : b.get(), "x", 1), 1);
    }
    EXPECT_TRUE(watch->take_changes().look_at_all);
    std::ofstream(jobs + "/c.toml") << "x";
    EXPECT_EQ(last_of(watch->take_changes(), "c.toml"), "written");
}

}  // namespace
}  // namespace respawnd::platform
