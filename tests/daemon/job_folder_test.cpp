#include "daemon/job_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "job_folder_under_test.h"
#include "platform/monotonic_clock.h"
#include "platform/unique_fd.h"

namespace respawnd::daemon {
namespace {

namespace fs = std::filesystem;
using testing::job_running;
using testing::JobFolderUnderTest;

/// Root can read everything, so root is somebody else for as long as this lives.
class AsOrdinaryUser {
  public:
    explicit AsOrdinaryUser(uid_t user) {
        if (was_root_) {
            EXPECT_EQ(::seteuid(user), 0);
        }
    }
    ~AsOrdinaryUser() {
        if (was_root_) {
            EXPECT_EQ(::seteuid(0), 0);
        }
    }
    AsOrdinaryUser(const AsOrdinaryUser&) = delete;
    AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

  private:
    bool was_root_ = ::geteuid() == 0;
};

/// Runs `body` in a process with mounts of its own; its failures are told there and fail here too.
void with_own_mounts(const std::function<void()>& body) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            ::_exit(2);
        }
        body();
        (void)std::fflush(nullptr);
        ::_exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

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

TEST(JobFolder, the_same_file_installed_again_changes_nothing) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    const auto before = under_test.jobs->definitions().at("a");
    under_test.place("a.toml", job_running("one"));
    under_test.let_quiet_pass();
    // `install` removes the file and makes it again.
    under_test.remove("a.toml");
    under_test.write("a.toml", job_running("one"));
    under_test.let_quiet_pass();
    // Another text that says the same.
    under_test.place("a.toml", "# the same\n" + job_running("one"));
    under_test.let_quiet_pass();
    EXPECT_EQ(under_test.jobs->definitions().at("a"), before);
    for (const core::DefinitionSet& set : under_test.changes) {
        EXPECT_TRUE(set.contains("a"));
    }
    EXPECT_EQ(under_test.messages.size(), 0U);
}

TEST(JobFolder, a_file_that_comes_back_within_the_quiet_keeps_its_job) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    under_test.remove("a.toml");
    ASSERT_TRUE(under_test.marker_takes_effect());
    ASSERT_TRUE(under_test.has("a"));
    under_test.place("a.toml", job_running("two"));
    ASSERT_TRUE(under_test.until([&] { return under_test.program_of("a") == "two"; }));
    under_test.let_quiet_pass();
    for (const core::DefinitionSet& set : under_test.changes) {
        EXPECT_TRUE(set.contains("a"));
    }
}

TEST(JobFolder, a_writer_that_opens_the_file_for_each_line_is_waited_for_too) {
    JobFolderUnderTest under_test;
    under_test.open();
    core::Instant last_line = platform::monotonic_now();
    bool was_quiet = false;
    for (int i = 0; i < 20; ++i) {
        const std::string line = i == 0 ? job_running("one") : "# " + std::to_string(i) + "\n";
        const int fd = ::open(under_test.path("x.toml").c_str(),
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        ASSERT_EQ(::write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
        (void)::close(fd);
        // A slow machine may make a longer pause than a writer may.
        was_quiet |= platform::monotonic_now() - last_line > core::quiet_of_a_file * 4 / 5;
        last_line = platform::monotonic_now();
        ASSERT_TRUE(under_test.marker_takes_effect());
        was_quiet |= platform::monotonic_now() - last_line > core::quiet_of_a_file * 4 / 5;
        EXPECT_TRUE(was_quiet || !under_test.has("x"));
    }
    EXPECT_TRUE(under_test.until([&] { return under_test.has("x"); }));
}

TEST(JobFolder, what_vim_does_at_a_save_is_one_change) {
    JobFolderUnderTest under_test;
    under_test.write("x.toml", job_running("one"));
    under_test.open();
    under_test.write(".x.toml.swp", "b0VIM");
    under_test.write("4913", "");
    under_test.remove("4913");
    fs::rename(under_test.path("x.toml"), under_test.path("x.toml~"));
    under_test.write("x.toml", job_running("two"));
    ASSERT_EQ(::chmod(under_test.path("x.toml").c_str(), 0644), 0);
    under_test.remove("x.toml~");
    under_test.remove(".x.toml.swp");
    ASSERT_TRUE(under_test.until([&] { return under_test.program_of("x") == "two"; }));
    EXPECT_EQ(under_test.changes.size(), 2U);
    EXPECT_EQ(under_test.messages.size(), 0U);
}

TEST(JobFolder, a_file_that_was_truncated_and_is_written_anew_keeps_its_job) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    const int fd = ::open(under_test.path("a.toml").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    under_test.let_quiet_pass();
    EXPECT_EQ(under_test.program_of("a"), "one");
    EXPECT_EQ(under_test.messages.size(), 0U);
    const std::string text = job_running("two");
    ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    (void)::close(fd);
    EXPECT_TRUE(under_test.until([&] { return under_test.program_of("a") == "two"; }));
}

TEST(JobFolder, links_of_both_kinds_take_effect_at_once) {
    JobFolderUnderTest under_test;
    under_test.open();
    {
        std::FILE* file = std::fopen((under_test.base + "/target").c_str(), "we");
        ASSERT_NE(file, nullptr);
        (void)std::fputs(job_running("one").c_str(), file);
        (void)std::fclose(file);
    }
    under_test.write("slow.toml", job_running("slow"));
    fs::create_symlink("../target", under_test.path("soft.toml"));
    fs::create_hard_link(under_test.base + "/target", under_test.path("hard.toml"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("soft") && under_test.has("hard"); }));
    EXPECT_FALSE(under_test.has("slow"));
}

TEST(JobFolder, the_target_of_a_link_is_looked_at_again_when_asked) {
    JobFolderUnderTest under_test;
    const std::string target = under_test.base + "/target";
    const auto write_target = [&](const std::string& text) { under_test.write("../target", text); };
    write_target(job_running("one"));
    fs::create_symlink(target, under_test.path("a.toml"));
    under_test.open();
    ASSERT_EQ(under_test.program_of("a"), "one");
    write_target(job_running("two"));
    under_test.jobs->read_now();
    EXPECT_EQ(under_test.program_of("a"), "two");
}

TEST(JobFolder, renaming_a_file_is_a_new_job_and_the_end_of_the_old) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    fs::rename(under_test.path("a.toml"), under_test.path("b.toml"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("b"); }));
    EXPECT_TRUE(under_test.until([&] { return !under_test.has("a"); }));
    EXPECT_TRUE(under_test.has("b"));
}

TEST(JobFolder, read_now_waits_for_nothing_but_a_writer) {
    JobFolderUnderTest under_test;
    under_test.write("gone.toml", job_running("gone"));
    under_test.write("edited.toml", job_running("one"));
    under_test.open();
    under_test.remove("gone.toml");
    under_test.write("edited.toml", job_running("two"));
    const int fd =
        ::open(under_test.path("half.toml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ASSERT_EQ(::write(fd, "command = \"true\"\n", 17), 17);
    under_test.jobs->read_now();
    EXPECT_FALSE(under_test.has("gone"));
    EXPECT_EQ(under_test.program_of("edited"), "two");
    EXPECT_FALSE(under_test.has("half"));
    (void)::close(fd);
    EXPECT_TRUE(under_test.until([&] { return under_test.has("half"); }));
}

TEST(JobFolder, what_is_no_file_is_reported_once_and_the_rest_is_read) {
    JobFolderUnderTest under_test;
    under_test.write("good.toml", job_running("good"));
    ASSERT_EQ(::mkfifo(under_test.path("fifo.toml").c_str(), 0644), 0);
    fs::create_directory(under_test.path("folder.toml"));
    fs::create_symlink("/dev/zero", under_test.path("zero.toml"));
    fs::create_symlink("nowhere", under_test.path("nowhere.toml"));
    under_test.write("big.toml", "");
    ASSERT_EQ(::truncate(under_test.path("big.toml").c_str(), 100 << 20), 0);
    under_test.write("a b.toml", job_running("one"));
    under_test.open();
    under_test.jobs->read_now();
    under_test.let_quiet_pass();
    EXPECT_TRUE(under_test.has("good"));
    EXPECT_EQ(under_test.told("watchdog.d/fifo.toml: error: this is a FIFO, not a file"), 1U);
    EXPECT_EQ(under_test.told("watchdog.d/folder.toml: error: this is a folder, not a file"), 1U);
    EXPECT_EQ(under_test.told("watchdog.d/zero.toml: error: this is a device, not a file"), 1U);
    EXPECT_EQ(under_test.told("watchdog.d/nowhere.toml: error: "), 1U);
    EXPECT_EQ(under_test.told("watchdog.d/big.toml: error: the file is larger than 1 MiB"), 1U);
    EXPECT_EQ(under_test.told("watchdog.d/a b.toml: error: \"a b\" cannot be the name of a job"),
              1U);
    EXPECT_EQ(under_test.messages.size(), 6U);
    EXPECT_EQ(under_test.jobs->mistaken_files(), 6U);
}

TEST(JobFolder, a_file_that_others_may_write_is_refused_and_its_job_goes_on) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    ASSERT_EQ(::chmod(under_test.path("a.toml").c_str(), 0666), 0);
    ASSERT_TRUE(
        under_test.until([&] { return under_test.told("mend it with: chmod go-w ") == 1; }));
    EXPECT_EQ(under_test.told("the last good definition stays in force"), 1U);
    under_test.write("a.toml", job_running("two"));
    under_test.let_quiet_pass();
    EXPECT_EQ(under_test.program_of("a"), "one");
    ASSERT_EQ(::chmod(under_test.path("a.toml").c_str(), 0644), 0);
    ASSERT_TRUE(under_test.until([&] { return under_test.program_of("a") == "two"; }));
    EXPECT_EQ(under_test.told("watchdog.d/a.toml: mended"), 1U);
    EXPECT_EQ(under_test.messages.size(), 2U);
}

TEST(JobFolder, a_folder_that_others_may_write_is_refused_and_its_jobs_go_on) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    ASSERT_EQ(::chmod(under_test.folder.c_str(), 0777), 0);
    ASSERT_TRUE(under_test.until([&] {
        return under_test.told("watchdog.d: error: the folder can be written by others") == 1;
    }));
    under_test.write("b.toml", job_running("two"));
    EXPECT_TRUE(under_test.has("a"));
    ASSERT_EQ(::chmod(under_test.folder.c_str(), 0755), 0);
    ASSERT_TRUE(under_test.until([&] { return under_test.has("b"); }));
    EXPECT_EQ(under_test.told("watchdog.d: the job folder is read again"), 1U);
}

TEST(JobFolder, a_folder_that_cannot_be_read_stops_nothing) {
    const AsOrdinaryUser ordinary(4711);
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    ASSERT_EQ(::chmod(under_test.folder.c_str(), 0), 0);
    ASSERT_TRUE(under_test.until([&] { return under_test.told("watchdog.d: error: ") == 1; }));
    under_test.jobs->read_now();
    EXPECT_TRUE(under_test.has("a"));
    ASSERT_EQ(::chmod(under_test.folder.c_str(), 0755), 0);
    EXPECT_TRUE(under_test.until([&] { return under_test.told("is read again") == 1; }));
    EXPECT_TRUE(under_test.has("a"));
}

TEST(JobFolder, a_missing_folder_is_said_with_its_command_and_picked_up) {
    JobFolderUnderTest under_test;
    fs::remove(under_test.folder);
    under_test.open();
    EXPECT_EQ(
        under_test.told("there is no job folder watchdog.d; make it with: mkdir -p watchdog.d"),
        1U);
    under_test.jobs->read_now();
    fs::create_directory(under_test.folder);
    under_test.write("a.toml", job_running("one"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("a"); }));
    EXPECT_EQ(under_test.told("watchdog.d: the job folder is there now"), 1U);
    EXPECT_EQ(under_test.messages.size(), 2U);
}

TEST(JobFolder, a_folder_that_vanishes_stops_nothing_and_is_followed_when_it_comes_back) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.write("b.toml", job_running("two"));
    under_test.open();
    fs::remove_all(under_test.folder);
    ASSERT_TRUE(under_test.until([&] { return under_test.told("there is no job folder") == 1; }));
    under_test.jobs->read_now();
    EXPECT_EQ(under_test.jobs->definitions().size(), 2U);
    fs::create_directory(under_test.folder);
    ASSERT_TRUE(under_test.until(
        [&] { return under_test.told("an empty folder has taken its place") == 1; }));
    under_test.jobs->read_now();
    EXPECT_EQ(under_test.jobs->definitions().size(), 2U);
    under_test.place("a.toml", job_running("one"));
    ASSERT_TRUE(under_test.until([&] { return under_test.told("is read again") == 1; }));
    under_test.place("c.toml", job_running("three"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("c"); }));
    EXPECT_TRUE(under_test.has("a"));
    // What the new folder does not have goes in the end.
    EXPECT_TRUE(under_test.until([&] { return !under_test.has("b"); }));
    EXPECT_TRUE(under_test.has("a"));
}

TEST(JobFolder, a_folder_that_is_replaced_by_another_is_followed) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    const std::string next = under_test.base + "/next";
    fs::create_directory(next);
    fs::copy(under_test.path("a.toml"), next + "/a.toml");
    under_test.write("../next/b.toml", job_running("two"));
    fs::rename(under_test.folder, under_test.base + "/old");
    fs::rename(next, under_test.folder);
    ASSERT_TRUE(under_test.until([&] { return under_test.has("b"); }));
    under_test.place("c.toml", job_running("three"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("c"); }));
    EXPECT_TRUE(under_test.has("a"));
    for (const core::DefinitionSet& set : under_test.changes) {
        EXPECT_TRUE(set.contains("a"));
    }
}

TEST(JobFolder, files_that_are_all_removed_from_the_folder_stop_their_jobs) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.write("b.toml", job_running("two"));
    under_test.open();
    under_test.remove("a.toml");
    under_test.remove("b.toml");
    EXPECT_TRUE(under_test.until([&] { return under_test.jobs->definitions().empty(); }));
    EXPECT_EQ(under_test.messages.size(), 0U);
}

TEST(JobFolder, a_file_system_mounted_over_it_stops_nothing) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can mount";
    }
    with_own_mounts([] {
        JobFolderUnderTest under_test;
        under_test.write("a.toml", job_running("one"));
        under_test.open();
        const char* folder = under_test.folder.c_str();
        ASSERT_EQ(::mount("none", folder, "tmpfs", 0, "mode=755"), 0);
        under_test.jobs->read_now();
        EXPECT_TRUE(under_test.has("a"));
        EXPECT_EQ(under_test.told("an empty folder has taken its place"), 1U);
        ASSERT_EQ(::umount(folder), 0);
        // The end of the mount is seen without being asked for.
        EXPECT_TRUE(under_test.until([&] { return under_test.told("is read again") == 1; }));
        EXPECT_TRUE(under_test.has("a"));
        under_test.place("b.toml", job_running("two"));
        EXPECT_TRUE(under_test.until([&] { return under_test.has("b"); }));
    });
}

TEST(JobFolder, where_nothing_can_be_watched_it_is_looked_at_now_and_then) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "takes away the watches of a user that nothing else runs as";
    }
    const AsOrdinaryUser ordinary(4713);
    JobFolderUnderTest under_test;
    std::vector<platform::UniqueFd> all_there_are;
    while (true) {
        platform::UniqueFd one(::inotify_init1(IN_CLOEXEC));
        if (!one) {
            break;
        }
        all_there_are.push_back(std::move(one));
    }
    under_test.open();
    EXPECT_EQ(under_test.told("watchdog.d cannot be watched (inotify: "), 1U);
    under_test.place("a.toml", job_running("one"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("a"); }));
    EXPECT_EQ(under_test.messages.size(), 1U);
    all_there_are.clear();
    ASSERT_TRUE(
        under_test.until([&] { return under_test.told("watchdog.d is watched again") == 1; }));
    EXPECT_TRUE(under_test.marker_takes_effect());
}

TEST(JobFolder, many_edits_of_one_file_end_in_the_last) {
    JobFolderUnderTest under_test;
    under_test.open();
    for (int i = 0; i < 500; ++i) {
        under_test.place("a.toml", job_running("edit" + std::to_string(i)));
    }
    ASSERT_TRUE(under_test.until([&] { return under_test.program_of("a") == "edit499"; }));
    EXPECT_EQ(under_test.changes.size(), 1U);
}

TEST(JobFolder, reading_again_and_again_leaks_no_descriptor) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    const auto descriptors = [] {
        return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
    };
    const auto before = descriptors();
    for (int i = 0; i < 1'000; ++i) {
        under_test.jobs->read_now();
    }
    EXPECT_EQ(descriptors(), before);
    EXPECT_EQ(under_test.changes.size(), 1U);
    under_test.place("a.toml", job_running("two"));
    EXPECT_TRUE(under_test.until([&] { return under_test.program_of("a") == "two"; }));
}

TEST(JobFolder, lost_events_make_no_difference) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    const int one =
        ::open(under_test.path("x1.toml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    const int two =
        ::open(under_test.path("x2.toml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    int limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    ASSERT_GT(limit, 0);
    // More than the kernel queues, as nobody reads them meanwhile.
    for (int i = 0; i < limit; ++i) {
        ASSERT_EQ(::write(i % 2 == 0 ? one : two, "#", 1), 1);
    }
    (void)::close(one);
    (void)::close(two);
    under_test.remove("a.toml");
    under_test.place("b.toml", job_running("two"));
    ASSERT_TRUE(under_test.until([&] { return under_test.has("b") && !under_test.has("a"); }));
    EXPECT_TRUE(under_test.until([&] { return under_test.told("x1.toml:1:1: error") == 1; }));
}

TEST(JobFolder, a_newcomer_that_exceeds_a_limit_pushes_nobody_out) {
    JobFolderUnderTest under_test;
    under_test.write("m.toml", job_running("one"));
    core::Settings settings;
    settings.max_jobs = 1;
    under_test.open(settings);
    under_test.place("a.toml", job_running("two"));
    ASSERT_TRUE(under_test.until([&] { return under_test.told("max_jobs") == 1; }));
    EXPECT_TRUE(under_test.has("m"));
    EXPECT_FALSE(under_test.has("a"));
    EXPECT_EQ(under_test.jobs->mistaken_files(), 1U);
    under_test.remove("m.toml");
    ASSERT_TRUE(under_test.until([&] { return under_test.has("a"); }));
    EXPECT_EQ(under_test.told("a.toml: mended"), 1U);
}

TEST(JobFolder, other_settings_are_what_all_files_are_read_against) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.open();
    core::Settings settings;
    settings.path = "/opt/bin";
    under_test.jobs->set_settings(settings, {});
    EXPECT_EQ(under_test.jobs->definitions().at("a")->program.path, "/opt/bin");
}

TEST(JobFolder, after_stop_nothing_is_looked_at) {
    JobFolderUnderTest under_test;
    under_test.open();
    under_test.jobs->stop();
    under_test.write("a.toml", job_running("one"));
    under_test.jobs->read_now();
    EXPECT_FALSE(under_test.has("a"));
}

TEST(JobFolder, a_definition_that_did_not_change_is_the_same_object) {
    JobFolderUnderTest under_test;
    under_test.write("a.toml", job_running("one"));
    under_test.write("b.toml", job_running("two"));
    under_test.open();
    const auto before = under_test.jobs->definitions().at("a");
    under_test.place("b.toml", job_running("three"));
    ASSERT_TRUE(under_test.until([&] { return under_test.program_of("b") == "three"; }));
    EXPECT_EQ(under_test.jobs->definitions().at("a"), before);
}

TEST(JobFolder, ten_thousand_files_are_read_and_one_more_is_seen) {
    JobFolderUnderTest under_test;
    for (int i = 0; i < 9'999; ++i) {
        under_test.write("job" + std::to_string(i) + ".toml", job_running("one"));
    }
    under_test.open();
    EXPECT_EQ(under_test.jobs->definitions().size(), 9'999U);
    under_test.place("last.toml", job_running("last"));
    EXPECT_TRUE(under_test.until([&] { return under_test.has("last"); }));
}

TEST(JobFolder, a_folder_full_of_broken_files_does_not_flood) {
    JobFolderUnderTest under_test;
    for (int i = 0; i < 200; ++i) {
        under_test.write("job" + std::to_string(i) + ".toml", "x = 1\n");
    }
    under_test.open();
    EXPECT_EQ(under_test.messages.size(), 51U);
    EXPECT_EQ(under_test.told("and 150 more files of watchdog.d are refused"), 1U);
    EXPECT_EQ(under_test.jobs->mistaken_files(), 200U);
}

TEST(CheckFolder, tells_every_mistake_and_counts_the_good) {
    JobFolderUnderTest under_test;
    under_test.write("good.toml", job_running("one"));
    under_test.write("bad.toml", "x = 1\n");
    under_test.write("a b.toml", job_running("one"));
    const CheckResult result = check_folder(under_test.folder, "watchdog.d", {}, {});
    EXPECT_EQ(result.jobs, 1U);
    EXPECT_EQ(result.mistaken_files, 2U);
    EXPECT_EQ(result.texts.size(), 2U);
}

TEST(CheckFolder, a_missing_folder_is_no_mistake) {
    JobFolderUnderTest under_test;
    const CheckResult result = check_folder(under_test.path("not"), "not", {}, {});
    EXPECT_EQ(result.mistaken_files, 0U);
    EXPECT_EQ(result.texts.front(), "there is no job folder not; make it with: mkdir -p not\n");
}

}  // namespace
}  // namespace respawnd::daemon
