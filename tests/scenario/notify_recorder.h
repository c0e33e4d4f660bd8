// What a service manager hears on NOTIFY_SOCKET.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {

/// A datagram socket that keeps all that it has received, in order.
class Recorder {
  public:
    explicit Recorder(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder() { (void)close(socket_); }

    /// Everything so far, each datagram ended by a newline.
    const std::string& heard() {
        std::array<char, 4096> buffer{};
        for (;;) {
            const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
            if (size < 0) {
                return heard_;
            }
            heard_.append(buffer.data(), static_cast<std::size_t>(size)).append("\n");
        }
    }

    bool hears(const std::string& text, int times = 1) {
        return eventually([&] {
            int found = 0;
            const std::string& all = heard();
            for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) {
                ++found;
            }
            return found >= times;
        });
    }

  private:
    int socket_ = -1;
    std::string heard_;
};

}  // namespace respawnd::tests
