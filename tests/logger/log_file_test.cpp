// One log file with a clock in the test's hand. respawn-logger as a whole is in logger_test.cpp.
#include "logger/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "logger/logger_under_test.h"

namespace respawnd::logger {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Condition = LogFile::Condition;

class LogFileTest : public testing::Test {
  protected:
    LogFileTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        read_end_ = platform::UniqueFd(ends[0]);
        write_end_ = platform::UniqueFd(ends[1]);
    }
    ~LogFileTest() override { std::filesystem::remove_all(path_); }

    void job_writes(std::string_view text) {
        ASSERT_EQ(::write(write_end_.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }
    LogFile::Step append(std::uint64_t writer = 1) {
        return file_.append(read_end_.get(), 65536, writer, now_);
    }
    void put_in_the_way() { std::filesystem::create_directory(path_ + "/log/x.log"); }
    std::string content() { return content_of(path_ + "/log/x.log"); }

    static std::string make_folder() {
        std::string name = testing::TempDir() + "log_file_XXXXXX";
        return ::mkdtemp(name.data());
    }

    std::string path_ = make_folder();
    platform::UniqueFd read_end_;
    platform::UniqueFd write_end_;
    FifoView view_ = *FifoView::make();
    LogFolder folder_ = LogFolder(path_ + "/log");
    LogFile file_ = LogFile(folder_, view_, "x.log");
    core::Instant now_{seconds(1000)};
};

TEST_F(LogFileTest, says_what_is_left_in_the_fifo) {
    EXPECT_EQ(file_.check(now_), Condition::good);
    EXPECT_EQ(append().state, FifoState::empty);
    job_writes("hello\n");
    const LogFile::Step step = append();
    EXPECT_EQ(step.state, FifoState::has_bytes);
    EXPECT_EQ(step.moved, 6U);
    write_end_.reset();
    EXPECT_EQ(append().state, FifoState::closed);
    EXPECT_EQ(content(), "hello\n");
}

TEST_F(LogFileTest, ends_a_half_line_before_another_writer_begins) {
    EXPECT_EQ(file_.check(now_), Condition::good);
    job_writes("half");
    append(1);
    job_writes(" and more");
    append(1);
    job_writes("other\n");
    append(2);
    EXPECT_EQ(content(), "half and more\nother\n");
}

TEST_F(LogFileTest, ends_only_the_line_of_the_writer_that_ended) {
    EXPECT_EQ(file_.check(now_), Condition::good);
    job_writes("half");
    append(2);
    file_.end_line(1, now_);
    EXPECT_EQ(content(), "half");
    file_.end_line(2, now_);
    file_.end_line(2, now_);
    EXPECT_EQ(content(), "half\n");
}

TEST_F(LogFileTest, waits_for_a_second_then_drops) {
    std::filesystem::create_directory(path_ + "/log");
    put_in_the_way();
    EXPECT_EQ(file_.check(now_), Condition::waiting);
    EXPECT_EQ(file_.check(now_ + milliseconds(999)), Condition::waiting);
    EXPECT_EQ(file_.check(now_ + milliseconds(1001)), Condition::dropping);
    file_.count_dropped(1234);
    std::filesystem::remove(path_ + "/log/x.log");
    EXPECT_LE(file_.retry_at(), now_ + seconds(3));
    now_ = file_.retry_at();
    EXPECT_EQ(file_.check(now_), Condition::good);
    EXPECT_EQ(file_.retry_at(), core::no_deadline);
    EXPECT_EQ(content(), "respawn-logger: 1234 bytes dropped, the file could not be opened\n");
}

TEST_F(LogFileTest, tells_a_trouble_once_and_that_it_healed) {
    std::filesystem::create_directory(path_ + "/log");
    put_in_the_way();
    for (int count = 0; count < 20; ++count, now_ += seconds(10)) {
        (void)file_.check(now_);
        EXPECT_EQ(file_.take_news().has_value(), count == 0);
    }
    std::filesystem::remove(path_ + "/log/x.log");
    EXPECT_EQ(file_.check(now_), Condition::good);
    const auto news = file_.take_news();
    ASSERT_TRUE(news);
    EXPECT_FALSE(news->trouble);
    EXPECT_EQ(news->text,
              "log file \"" + path_ + "/log/x.log\" is written again, 0 bytes were dropped");
}

TEST_F(LogFileTest, does_not_flood_the_operator_when_trouble_comes_and_goes) {
    std::filesystem::create_directory(path_ + "/log");
    int told = 0;
    for (int count = 0; count < 30; ++count) {
        std::filesystem::remove_all(path_ + "/log/x.log");
        put_in_the_way();
        now_ += seconds(2);
        EXPECT_EQ(file_.check(now_), Condition::waiting);
        told += file_.take_news() ? 1 : 0;
        std::filesystem::remove(path_ + "/log/x.log");
        now_ += seconds(2);
        EXPECT_EQ(file_.check(now_), Condition::good);
        (void)file_.take_news();
    }
    EXPECT_EQ(told, 2);  // in two minutes
}

TEST_F(LogFileTest, makes_a_log_folder_with_all_its_parents) {
    LogFolder deep(path_ + "/a/b/c/");
    EXPECT_TRUE(deep.open_file("x.log"));
    EXPECT_EQ(deep.path_of("x.log"), path_ + "/a/b/c/x.log");
    const auto mode = std::filesystem::status(path_ + "/a/b/c").permissions();
    EXPECT_EQ(static_cast<unsigned>(mode) & 0022U, 0U);
}

TEST_F(LogFileTest, does_not_write_into_a_second_name_of_somebody_elses_file) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root to give a file away";
    }
    ASSERT_TRUE(folder_.open_file("x.log"));
    ASSERT_EQ(::chown((path_ + "/log/x.log").c_str(), 65534, 65534), 0);
    EXPECT_TRUE(folder_.open_file("x.log"));
    std::filesystem::create_hard_link(path_ + "/log/x.log", path_ + "/log/y.log");
    EXPECT_FALSE(folder_.open_file("y.log"));
}

}  // namespace
}  // namespace respawnd::logger
