// One log file and the spools that are written into it, without threads and without a logger
// around them. respawn-logger as a whole is in logger_test.cpp.
#include "logger/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "logger/line_stamp.h"
#include "logger/logger_under_test.h"

namespace respawnd::logger {
namespace {

namespace protocol = platform::logger_protocol;

class LogFileTest : public testing::Test {
  protected:
    LogFileTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        read_end_ = platform::UniqueFd(ends[0]);
        write_end_ = platform::UniqueFd(ends[1]);
        rules_.file = "x.log";
        spool_ = open_spool();
    }
    ~LogFileTest() override { std::filesystem::remove_all(path_); }

    Spool open_spool() {
        auto spool = Spool::open(platform::UniqueFd(
            ::open((path_ + "/spool").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)));
        EXPECT_TRUE(spool);
        return std::move(*spool);
    }
    Order order(std::uint64_t writer = 1) {
        Order order;
        order.spool = &spool_;
        order.writer = writer;
        order.rules = std::make_shared<protocol::Output>(rules_);
        return order;
    }
    void job_writes(std::string_view text) {
        ASSERT_EQ(::write(write_end_.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
        const auto taken = spool_.take(read_end_.get(), Spool::capacity);
        ASSERT_TRUE(taken);
        ASSERT_EQ(taken->moved, text.size());
    }
    /// A text on its whole way.
    void write(std::string_view text, std::uint64_t writer = 1) {
        job_writes(text);
        Order all = order(writer);
        const auto done = file_->carry_out(all);
        ASSERT_TRUE(done) << done.error().text();
    }
    /// The logger has died, and another one comes.
    void another_logger() {
        file_ = std::make_shared<LogFile>(disk_, "x.log");
        spool_ = open_spool();
    }
    std::string content(const std::string& name = "x.log") {
        return content_of(path_ + "/log/" + name);
    }
    bool exists(const std::string& name) { return std::filesystem::exists(path_ + "/log/" + name); }
    static std::string make_folder() {
        std::string name = testing::TempDir() + "log_file_XXXXXX";
        return ::mkdtemp(name.data());
    }

    std::string path_ = make_folder();
    platform::UniqueFd read_end_;
    platform::UniqueFd write_end_;
    protocol::Output rules_;
    Spool spool_;
    std::shared_ptr<Disk> disk_ = std::make_shared<Disk>(path_ + "/log");
    std::shared_ptr<LogFile> file_ = std::make_shared<LogFile>(disk_, "x.log");
};

TEST_F(LogFileTest, gets_all_that_is_in_the_spool_which_is_empty_then) {
    write("one\n");
    write("half");
    EXPECT_EQ(content(), "one\nhalf");
    EXPECT_EQ(spool_.size(), 0U);
    EXPECT_EQ(std::filesystem::file_size(path_ + "/spool"), 0U);
}

TEST_F(LogFileTest, ends_a_half_line_before_another_writer_begins) {
    write("half", 1);
    write("other\n", 2);
    EXPECT_EQ(content(), "half\nother\n");
}

TEST_F(LogFileTest, ends_the_half_line_of_a_run_that_is_over) {
    job_writes("half");
    Order last = order();
    last.is_last = true;
    ASSERT_TRUE(file_->carry_out(last));
    EXPECT_EQ(content(), "half\n");
    ASSERT_TRUE(file_->carry_out(last));
    EXPECT_EQ(content(), "half\n");
}

TEST_F(LogFileTest, keeps_a_half_line_in_the_spool_where_others_write_too) {
    job_writes("one\nhal");
    Order shared = order();
    shared.keeps_lines = true;
    ASSERT_TRUE(file_->carry_out(shared));
    EXPECT_EQ(content(), "one\n");
    EXPECT_EQ(spool_.size(), 3U);
    job_writes("f\n");
    ASSERT_TRUE(file_->carry_out(shared));
    EXPECT_EQ(content(), "one\nhalf\n");
}

TEST_F(LogFileTest, tells_of_start_and_end_and_of_what_is_missing) {
    job_writes("half");
    Order all = order();
    all.before = "respawnd: x: started";
    all.after = "respawnd: x: exited 3";
    all.is_last = true;
    all.dropped = 17;
    all.drop_reason = "the disk did not take them";
    ASSERT_TRUE(file_->carry_out(all));
    std::string text = content();
    // What tells of the run has a time in front.
    ASSERT_GT(text.size(), stamp_size);
    EXPECT_EQ(text.substr(stamp_size, 26), "respawnd: x: started\nhalf\n");
    EXPECT_NE(text.find("half\nrespawn-logger: 17 bytes dropped, the disk did not take them\n"),
              std::string::npos);
    EXPECT_TRUE(text.ends_with(" respawnd: x: exited 3\n"));
    EXPECT_EQ(all.before + all.after, "");
    EXPECT_EQ(all.dropped, 0U);
}

// ---- rotation ------------------------------------------------------------------------------

TEST_F(LogFileTest, is_rotated_at_the_last_line_end_that_fits) {
    rules_.max_size = 10;
    rules_.keep = 2;
    write("12345\n789\nabc\n");
    EXPECT_EQ(content("x.log.1"), "12345\n789\n");
    EXPECT_EQ(content(), "abc\n");
    write("defghi\n");  // does not fit behind it
    EXPECT_EQ(content("x.log.2"), "12345\n789\n");
    EXPECT_EQ(content("x.log.1"), "abc\n");
    EXPECT_EQ(content(), "defghi\n");
    write("last one\n");
    EXPECT_EQ(content("x.log.2"), "abc\n");
    EXPECT_FALSE(exists("x.log.3"));
}

TEST_F(LogFileTest, lets_a_line_that_is_longer_than_a_file_be_whole) {
    rules_.max_size = 10;
    rules_.keep = 3;
    write("a\n0123456789abcdef\nb\n");
    EXPECT_EQ(content("x.log.2"), "a\n");
    EXPECT_EQ(content("x.log.1"), "0123456789abcdef\n");
    EXPECT_EQ(content(), "b\n");
}

TEST_F(LogFileTest, cuts_a_line_that_has_no_end) {
    rules_.max_size = 4096;
    rules_.keep = 3;
    for (int round = 0; round < 5; ++round) {
        write(std::string(60000, 'x'));
    }
    EXPECT_TRUE(exists("x.log.1"));
    EXPECT_LE(content("x.log.1").size(), 4096U + 64 * 1024 + 60000);
    EXPECT_EQ(content("x.log.2").size() + content("x.log.1").size() + content().size(), 300000U);
}

TEST_F(LogFileTest, with_keep_0_begins_anew) {
    rules_.max_size = 10;
    write("123456789\n");
    write("abc\n");
    EXPECT_EQ(content(), "abc\n");
    EXPECT_FALSE(exists("x.log.1"));
}

TEST_F(LogFileTest, is_compressed_from_the_second_on) {
    rules_.max_size = 4096;
    rules_.keep = 3;
    rules_.compression = protocol::Compression::zstd;
    const std::string line = std::string(99, 'a') + "\n";
    std::string block;
    for (int i = 0; i < 40; ++i) {
        block += line;
    }
    for (int round = 0; round < 3; ++round) {
        write(block);
    }
    ASSERT_TRUE(wait_until([&] { return exists("x.log.2.zst") && !exists("x.log.2"); }));
    EXPECT_EQ(content("x.log.1"), block);
    EXPECT_LT(std::filesystem::file_size(path_ + "/log/x.log.2.zst"), 200U);
    EXPECT_FALSE(exists(".x.log.zst.unfinished"));
    ASSERT_EQ(
        std::system(("zstd -h >/dev/null 2>&1 || exit 0; zstd -dc '" + path_ +
                     "/log/x.log.2.zst' > '" + path_ + "/plain' 2>/dev/null && test \"$(cat '" +
                     path_ + "/plain')\" = \"$(cat '" + path_ + "/log/x.log.1')\"")
                        .c_str()),
        0);
}

TEST_F(LogFileTest, takes_at_most_max_total_with_those_rotated_from_it) {
    rules_.max_size = 1000;
    rules_.keep = 10;
    rules_.max_total = 3500;
    for (int round = 0; round < 8; ++round) {
        write(std::string(899, 'x') + "\n");
    }
    EXPECT_TRUE(exists("x.log.2"));
    EXPECT_FALSE(exists("x.log.3"));
}

TEST_F(LogFileTest, removes_the_oldest_of_a_folder_that_has_too_much) {
    std::filesystem::create_directory(path_ + "/log");
    const auto put = [&](const std::string& name, int age) {
        std::ofstream(path_ + "/log/" + name) << std::string(1000, 'x');
        std::filesystem::last_write_time(
            path_ + "/log/" + name,
            std::filesystem::file_time_type::clock::now() - std::chrono::hours(age));
    };
    put("a.log", 9);
    put("a.log.1", 2);
    put("a.log.2.zst", 5);
    put("b.log.1", 3);
    put("notes.1", 20);
    put("c.log.old", 20);
    LogFolder folder(path_ + "/log");
    ASSERT_TRUE(folder.open_file("b.log", {}));
    ASSERT_TRUE(limit_folder(folder, 2500));
    EXPECT_TRUE(exists("a.log") && exists("a.log.1") && exists("notes.1") && exists("c.log.old"));
    EXPECT_FALSE(exists("a.log.2.zst"));
    EXPECT_FALSE(exists("b.log.1"));
}

TEST_F(LogFileTest, grows_on_when_it_cannot_be_rotated_and_says_so) {
    rules_.max_size = 10;
    rules_.keep = 1;
    std::filesystem::create_directories(path_ + "/log/x.log.1/in the way");
    write("123456789\n");
    write("abc\n");
    EXPECT_EQ(content(), "123456789\nabc\n");
    const auto warning = file_->take_warning();
    ASSERT_TRUE(warning);
    EXPECT_NE(warning->find("it grows beyond max_size until that is mended"), std::string::npos)
        << *warning;
}

// ---- times ---------------------------------------------------------------------------------

std::string without_stamps(const std::string& text) {
    std::string plain;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = text.find('\n', at);
        plain += text.substr(at + stamp_size, end + 1 - at - stamp_size);
        at = end + 1;
    }
    return plain;
}

TEST_F(LogFileTest, has_a_time_in_front_of_each_line) {
    rules_.timestamps = true;
    write("one\ntwo\nhal");
    EXPECT_EQ(without_stamps(content()), "one\ntwo\n");
    write("f\n");
    EXPECT_EQ(without_stamps(content()), "one\ntwo\nhalf\n");
}

TEST_F(LogFileTest, is_rotated_with_times_too) {
    rules_.timestamps = true;
    rules_.max_size = 100;
    rules_.keep = 9;
    write("1\n2\n3\n4\n5\n");
    EXPECT_LE(content("x.log.1").size(), 100U);
    EXPECT_EQ(without_stamps(content("x.log.2") + content("x.log.1") + content()),
              "1\n2\n3\n4\n5\n");
}

// ---- the death of a logger ------------------------------------------------------------------

/// Every place where the one before can have been cut off: `arrived` bytes of the text are in the
/// file, and the record says where they went.
TEST_F(LogFileTest, goes_on_behind_what_has_arrived_when_a_logger_was_killed) {
    for (const bool timestamps : {false, true}) {
        rules_.timestamps = timestamps;
        const std::string text = "one\ntwo\nthree\n";
        const std::string stamp = timestamps ? std::string(stamp_size, '#') : "";
        const std::string before = stamp + "before\n";
        std::string written;
        for (const std::string line : {"one\n", "two\n", "three\n"}) {
            written += stamp + line;
        }
        for (std::size_t arrived = 0; arrived <= written.size(); ++arrived) {
            std::filesystem::remove_all(path_ + "/log");
            std::filesystem::create_directory(path_ + "/log");
            std::ofstream(path_ + "/log/x.log") << before << written.substr(0, arrived);
            struct stat status{};
            ASSERT_EQ(::stat((path_ + "/log/x.log").c_str(), &status), 0);
            ASSERT_TRUE(spool_.written(spool_.size()));
            job_writes(text);
            ASSERT_TRUE(
                spool_.begin_writing(status.st_dev, status.st_ino, before.size(), timestamps));
            another_logger();
            Order resumed = order();
            resumed.is_resumed = true;
            ASSERT_TRUE(file_->carry_out(resumed));
            const std::string all = content();
            ASSERT_EQ(timestamps ? without_stamps(all) : all, "before\n" + text) << arrived;
            ASSERT_EQ(spool_.size(), 0U);
        }
    }
}

TEST_F(LogFileTest, writes_what_the_record_says_nothing_of) {
    job_writes("one\n");
    another_logger();
    Order resumed = order();
    ASSERT_TRUE(file_->carry_out(resumed));
    EXPECT_EQ(content(), "one\n");
}

TEST_F(LogFileTest, whose_file_was_truncated_meanwhile_loses_nothing_more) {
    write("before\n");
    job_writes("one\n");
    struct stat status{};
    ASSERT_EQ(::stat((path_ + "/log/x.log").c_str(), &status), 0);
    ASSERT_TRUE(spool_.begin_writing(status.st_dev, status.st_ino, 7, false));
    std::filesystem::resize_file(path_ + "/log/x.log", 0);
    another_logger();
    Order resumed = order();
    ASSERT_TRUE(file_->carry_out(resumed));
    EXPECT_EQ(content(), "one\n");
}

// ---- a disk that refuses ---------------------------------------------------------------------

/// No file of this process may grow beyond a size.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t size) {
        (void)::signal(SIGXFSZ, SIG_IGN);
        (void)::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{size, before_.rlim_max};
        (void)::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { (void)::setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(LogFileTest, that_is_refused_keeps_the_rest_and_tears_no_line) {
    for (const bool timestamps : {false, true}) {
        rules_.timestamps = timestamps;
        // Far more than the spool has, which the limit is not to touch.
        const std::string before(100000, '\n');
        std::filesystem::remove_all(path_ + "/log");
        std::filesystem::create_directory(path_ + "/log");
        std::ofstream(path_ + "/log/x.log") << before;
        another_logger();
        const std::string text = "one\ntwo\nthree\n";
        job_writes(text);
        Order shared = order();
        shared.keeps_lines = true;
        {
            const FileSizeLimit limit(before.size() + (timestamps ? stamp_size : 0) + 6);
            const auto done = file_->carry_out(shared);
            ASSERT_FALSE(done);
            EXPECT_EQ(done.error().number, EFBIG);
        }
        const std::string first = content().substr(before.size());
        EXPECT_EQ(timestamps ? without_stamps(first) : first, "one\n");
        ASSERT_TRUE(file_->carry_out(shared));
        const std::string all = content().substr(before.size());
        EXPECT_EQ(timestamps ? without_stamps(all) : all, text);
    }
}

// ---- rights --------------------------------------------------------------------------------

TEST_F(LogFileTest, makes_a_log_folder_with_all_its_parents) {
    disk_ = std::make_shared<Disk>(path_ + "/a/b/log");
    file_ = std::make_shared<LogFile>(disk_, "x.log");
    write("one\n");
    EXPECT_EQ(content_of(path_ + "/a/b/log/x.log"), "one\n");
}

TEST_F(LogFileTest, has_the_mode_and_group_that_are_asked_for_whatever_the_umask) {
    rules_.mode = 0664;
    rules_.group = ::getegid();
    rules_.max_size = 10;
    rules_.keep = 1;
    const mode_t before = ::umask(0077);
    write("123456789\nabc\n");
    ::umask(before);
    for (const char* name : {"x.log", "x.log.1"}) {
        struct stat status{};
        ASSERT_EQ(::stat((path_ + "/log/" + name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0664U) << name;
        EXPECT_EQ(status.st_gid, ::getegid()) << name;
    }
}

TEST_F(LogFileTest, does_not_write_into_a_second_name_of_somebody_elses_file) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "a file of somebody else's takes root to make";
    }
    std::filesystem::create_directory(path_ + "/log");
    const std::string precious = path_ + "/precious";
    std::ofstream(precious) << "precious\n";
    ASSERT_EQ(::chown(precious.c_str(), 1, 1), 0);
    std::filesystem::create_hard_link(precious, path_ + "/log/x.log");
    job_writes("one\n");
    Order refused = order();
    EXPECT_FALSE(file_->carry_out(refused));
    EXPECT_EQ(content_of(precious), "precious\n");
}

TEST_F(LogFileTest, rotates_over_a_link_without_following_it) {
    rules_.max_size = 10;
    rules_.keep = 2;
    const std::string precious = path_ + "/precious";
    std::ofstream(precious) << "precious\n";
    write("123456789\n");
    std::filesystem::create_symlink(precious, path_ + "/log/x.log.1");
    write("abc\n");
    EXPECT_EQ(content("x.log.1"), "123456789\n");
    EXPECT_EQ(content_of(precious), "precious\n");
}

}  // namespace
}  // namespace respawnd::logger
