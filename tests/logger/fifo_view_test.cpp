#include "logger/fifo_view.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace respawnd::logger {
namespace {

TEST(WholeLines, end_with_the_last_line_end) {
    EXPECT_EQ(whole_lines("", false), 0U);
    EXPECT_EQ(whole_lines("half", false), 0U);
    EXPECT_EQ(whole_lines("one\n", false), 4U);
    EXPECT_EQ(whole_lines("one\ntwo\nhalf", false), 8U);
    EXPECT_EQ(whole_lines("half", true), 4U);
}

class FifoViewTest : public testing::Test {
  protected:
    FifoViewTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        read_end_ = platform::UniqueFd(ends[0]);
        write_end_ = platform::UniqueFd(ends[1]);
    }
    void write(std::string_view text) {
        ASSERT_EQ(::write(write_end_.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }

    platform::UniqueFd read_end_;
    platform::UniqueFd write_end_;
    FifoView view_ = *FifoView::make();
};

TEST_F(FifoViewTest, sees_bytes_and_leaves_them) {
    write("hello");
    for (int count = 0; count < 3; ++count) {
        const auto look = view_.look(read_end_.get());
        EXPECT_EQ(look.state, FifoState::has_bytes);
        EXPECT_EQ(look.bytes, "hello");
        EXPECT_FALSE(look.full);
    }
    EXPECT_EQ(bytes_waiting(read_end_.get()), 5U);
}

TEST_F(FifoViewTest, tells_empty_from_closed) {
    EXPECT_EQ(view_.look(read_end_.get()).state, FifoState::empty);
    write("x");
    write_end_.reset();
    EXPECT_EQ(view_.look(read_end_.get()).state, FifoState::has_bytes);
    EXPECT_EQ(view_.discard(read_end_.get(), 100), 1U);
    EXPECT_EQ(view_.look(read_end_.get()).state, FifoState::closed);
}

TEST_F(FifoViewTest, knows_when_no_further_byte_fits) {
    const std::string page(2049, 'x');  // two of them do not fit into a page of the pipe
    while (::write(write_end_.get(), page.data(), page.size()) > 0) {
    }
    const auto look = view_.look(read_end_.get());
    EXPECT_TRUE(look.full);
    EXPECT_LT(look.bytes.size(), max_view);
    EXPECT_EQ(look.bytes.size(), bytes_waiting(read_end_.get()));
}

TEST_F(FifoViewTest, discards_as_many_bytes_as_it_is_told) {
    write("hello");
    EXPECT_EQ(view_.discard(read_end_.get(), 2), 2U);
    EXPECT_EQ(view_.look(read_end_.get()).bytes, "llo");
}

}  // namespace
}  // namespace respawnd::logger
