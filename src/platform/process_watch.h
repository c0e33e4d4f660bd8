// An epoll(7) set of its own for pidfds and other one-shot descriptors of processes, itself one
// source of the loop. A pidfd then costs no memory here beside its number, and all that happened at
// once is read at once.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

class ProcessWatch {
  public:
    /// How many are served in one turn of the loop: each may cost a start of some 50 µs, and a turn
    /// is to stay below 5 ms.
    static constexpr std::size_t most_at_once = 32;

    [[nodiscard]] static core::Result<ProcessWatch> make();

    /// For the loop: readable while anything in the set is.
    [[nodiscard]] int fd() const { return set_.get(); }

    /// Watches `fd` for being readable; `tag` comes back from ready().
    [[nodiscard]] core::Result<void> add(int fd, std::uint64_t tag) const;
    /// Must come before the last descriptor of the file is closed.
    void remove(int fd) const;

    /// The tags of what is readable at this moment, at most `most_at_once`. The span is valid until
    /// the next call.
    [[nodiscard]] std::span<const std::uint64_t> ready();

  private:
    explicit ProcessWatch(UniqueFd set) : set_(std::move(set)) {}

    UniqueFd set_;
    std::array<std::uint64_t, most_at_once> tags_{};
};

}  // namespace respawnd::platform
