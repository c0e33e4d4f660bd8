// What is in a FIFO, seen without taking it out: tee(2) into a pipe of our own. A half line can so
// stay in the FIFO, where it survives the logger, until the rest of it is there.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

/// As much as a FIFO of the default size holds.
inline constexpr std::size_t max_view = 64 * 1024;

enum class FifoState {
    has_bytes,
    empty,   ///< some process has it open for writing
    closed,  ///< empty, and nobody has it open for writing
};

class FifoView {
  public:
    [[nodiscard]] static core::Result<FifoView> make();

    /// The front of the FIFO; `bytes` is good until the next call.
    struct Look {
        FifoState state = FifoState::empty;
        std::string_view bytes;
        bool full = false;  ///< no further byte fits into the FIFO, so a line end cannot come
    };
    [[nodiscard]] Look look(int fifo);

    /// Takes up to `size` bytes out of the FIFO and forgets them; returns how many.
    std::size_t discard(int fifo, std::size_t size);

  private:
    FifoView(platform::UniqueFd read_end, platform::UniqueFd write_end);

    platform::UniqueFd read_end_;
    platform::UniqueFd write_end_;
    std::vector<char> buffer_;
};

/// How many bytes are in the FIFO.
[[nodiscard]] std::size_t bytes_waiting(int fifo);

/// How much of `bytes` may be written so that no line is torn: all up to the last line end, or
/// everything if `all` is set.
[[nodiscard]] std::size_t whole_lines(std::string_view bytes, bool all);

}  // namespace respawnd::logger
