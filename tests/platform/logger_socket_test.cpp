#include "platform/logger_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "platform/logger_protocol.h"

namespace respawnd::platform {
namespace {

TEST(LoggerSocket, passes_whole_datagrams_with_a_descriptor) {
    auto sockets = make_logger_sockets();
    ASSERT_TRUE(sockets);
    UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(send_datagram(sockets->first.get(), "one", null.get()), true);
    ASSERT_EQ(send_datagram(sockets->first.get(), "two", null.get(), null.get()), true);

    auto one = receive_datagram(sockets->second.get());
    ASSERT_TRUE(one && *one);
    EXPECT_EQ((*one)->bytes, "one");
    EXPECT_TRUE((*one)->whole);
    ASSERT_TRUE((*one)->attached);
    EXPECT_NE(::fcntl((*one)->attached.get(), F_GETFD) & FD_CLOEXEC, 0);
    auto two = receive_datagram(sockets->second.get());
    ASSERT_TRUE(two && *two);
    EXPECT_EQ((*two)->bytes, "two");
    EXPECT_TRUE((*two)->attached && (*two)->second);
    EXPECT_FALSE((*one)->second);
}

TEST(LoggerSocket, does_not_wait_for_a_datagram) {
    auto sockets = make_logger_sockets();
    ASSERT_TRUE(sockets);
    auto nothing = receive_datagram(sockets->second.get());
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->has_value());
}

TEST(LoggerSocket, does_not_wait_for_room) {
    auto sockets = make_logger_sockets();
    ASSERT_TRUE(sockets);
    const std::string bytes(1000, 'x');
    int sent = 0;
    while (sent < 100000 && send_datagram(sockets->first.get(), bytes) == true) {
        ++sent;
    }
    EXPECT_GT(sent, 0);
    EXPECT_EQ(send_datagram(sockets->first.get(), bytes), false);
}

TEST(LoggerSocket, tells_that_the_other_end_is_closed) {
    auto sockets = make_logger_sockets();
    ASSERT_TRUE(sockets);
    sockets->first.reset();
    auto end = receive_datagram(sockets->second.get());
    ASSERT_TRUE(end && *end);
    EXPECT_TRUE((*end)->bytes.empty());
    EXPECT_FALSE(send_datagram(sockets->second.get(), "x"));
}

TEST(LoggerSocket, says_when_a_datagram_was_cut) {
    auto sockets = make_logger_sockets();
    ASSERT_TRUE(sockets);
    const std::string bytes(logger_protocol::max_message + 1, 'x');
    ASSERT_EQ(send_datagram(sockets->first.get(), bytes), true);
    auto cut = receive_datagram(sockets->second.get());
    ASSERT_TRUE(cut && *cut);
    EXPECT_FALSE((*cut)->whole);
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for (int number = 0; number < 256; ++number) {
        count += ::fcntl(number, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

TEST(LoggerSocket, keeps_no_descriptor_that_nobody_asked_for) {
    auto sockets = make_logger_sockets();
    ASSERT_TRUE(sockets);
    const std::size_t before = open_descriptors();
    const std::array<int, 3> numbers{0, 0, 0};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof numbers)> control{};
    std::array<char, 1> byte{'x'};
    iovec part{byte.data(), byte.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof numbers);
    std::memcpy(CMSG_DATA(rights), numbers.data(), sizeof numbers);
    ASSERT_EQ(::sendmsg(sockets->first.get(), &header, 0), 1);
    {
        auto received = receive_datagram(sockets->second.get());
        ASSERT_TRUE(received && *received);
        EXPECT_FALSE((*received)->whole);
        EXPECT_EQ(open_descriptors(), before + 2);
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace respawnd::platform
