// A descriptor that somebody owns: closed when its owner goes. Move-only; the empty state holds -1.
#pragma once

#include <unistd.h>

#include <utility>

namespace respawnd::platform {

class [[nodiscard]] UniqueFd {
  public:
    UniqueFd() = default;
    /// Takes `fd` over; -1 makes an empty one.
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        reset(other.release());
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    /// The number, still owned here; -1 when empty.
    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Gives the number up: the caller closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    /// Closes what is held and takes `fd` instead. An error of close(2) is ignored: on Linux the
    /// number is free again whatever it returns, and what matters is written with fsync.
    void reset(int fd = -1) noexcept {
        const int old = std::exchange(fd_, fd);
        if (old >= 0) {
            (void)::close(old);
        }
    }

  private:
    int fd_ = -1;
};

}  // namespace respawnd::platform
