#include "logger/line_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "logger/logger_under_test.h"

namespace respawnd::logger {
namespace {

struct Ends {
    platform::UniqueFd reader;
    platform::UniqueFd writer;
};

Ends make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {platform::UniqueFd(ends[0]), platform::UniqueFd(ends[1])};
}

Ends make_socket() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {platform::UniqueFd(ends[0]), platform::UniqueFd(ends[1])};
}

std::string read_some(int descriptor) {
    std::array<char, 8192> buffer{};
    const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST(LineOutput, puts_a_name_in_front_of_each_line) {
    Ends pipe = make_pipe();
    LineOutput output(pipe.writer.get());
    EXPECT_EQ(output.take("mailer@2", "one\n\ntwo"), 8U);
    EXPECT_TRUE(output.flush());
    EXPECT_EQ(read_some(pipe.reader.get()), "mailer@2 | one\nmailer@2 | \nmailer@2 | two\n");
}

TEST(LineOutput, takes_no_more_than_it_has_room_for) {
    Ends pipe = make_pipe();
    LineOutput output(pipe.writer.get());
    const std::string empty_lines(64 * 1024, '\n');
    const std::size_t taken = output.take(std::string(64, 'n'), empty_lines);
    EXPECT_LT(taken, 1000U);
    EXPECT_FALSE(output.has_room());
    EXPECT_EQ(output.take("x", "line\n"), 0U);
}

/// `flush` until the output is full, then everything that was read from the other end.
void expect_to_wait_and_lose_nothing(Ends ends) {
    LineOutput output(ends.writer.get());
    std::string expected;
    int number = 0;
    for (bool flushed = true; flushed;) {
        const std::string line = std::to_string(number++);
        output.take("job", line + "\n");
        expected += "job | " + line + "\n";
        flushed = output.flush();
    }
    std::string got;
    while (got.size() < expected.size()) {
        const std::string part = read_some(ends.reader.get());
        ASSERT_FALSE(part.empty());
        got += part;
        (void)output.flush();  // may be still full
    }
    EXPECT_EQ(got, expected);
    EXPECT_FALSE(output.take_trouble());
}

TEST(LineOutput, waits_for_a_pipe_that_nobody_reads) {
    expect_to_wait_and_lose_nothing(make_pipe());
}

TEST(LineOutput, waits_for_a_socket_that_nobody_reads) {
    expect_to_wait_and_lose_nothing(make_socket());
}

TEST(LineOutput, waits_for_a_terminal_that_is_stopped) {
    const int controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(controller, 0);
    ASSERT_EQ(::grantpt(controller), 0);
    ASSERT_EQ(::unlockpt(controller), 0);
    platform::UniqueFd terminal(::open(::ptsname(controller), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(terminal);
    LineOutput output(terminal.get());
    bool flushed = true;
    for (int count = 0; flushed && count < 100000; ++count) {
        output.take("job", "line\n");
        flushed = output.flush();
    }
    EXPECT_FALSE(flushed);
    // The terminal itself, which the daemon and the shell share, blocks as before.
    EXPECT_EQ(::fcntl(terminal.get(), F_GETFL) & O_NONBLOCK, 0);
    ::close(controller);
}

TEST(LineOutput, counts_what_nobody_takes_and_says_so_when_it_goes_on) {
    std::string name = testing::TempDir() + "line_output_XXXXXX";
    platform::UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
    platform::UniqueFd read_only(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    platform::UniqueFd output_descriptor(::dup(read_only.get()));
    LineOutput output(output_descriptor.get());
    for (int count = 0; count < 2; ++count) {
        output.take("job", "lost\n");
        EXPECT_TRUE(output.flush());
    }
    const auto trouble = output.take_trouble();
    ASSERT_TRUE(trouble);
    EXPECT_EQ(trouble->text(), "write standard output: Bad file descriptor");
    EXPECT_FALSE(output.take_trouble());  // once

    ASSERT_GE(::dup2(file.get(), output_descriptor.get()), 0);
    output.take("job", "back\n");
    EXPECT_TRUE(output.flush());
    EXPECT_EQ(content_of(name),
              "respawn-logger: 22 bytes dropped, Bad file descriptor\njob | back\n");
    ::unlink(name.c_str());
}

TEST(LineOutput, appends_where_others_write_to_the_same_file) {
    std::string name = testing::TempDir() + "line_output_XXXXXX";
    platform::UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
    LineOutput output(file.get());
    ASSERT_EQ(::write(file.get(), "daemon\n", 7), 7);
    output.take("job", "line\n");
    EXPECT_TRUE(output.flush());
    ASSERT_EQ(::write(file.get(), "daemon\n", 7), 7);
    EXPECT_EQ(content_of(name), "daemon\njob | line\ndaemon\n");
    ::unlink(name.c_str());
}

}  // namespace
}  // namespace respawnd::logger
