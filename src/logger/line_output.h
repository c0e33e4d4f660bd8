// Standard output for jobs with `target = "inherit"`: whole lines, each with the instance's name
// in front. It never blocks: what a stopped terminal does not take waits in a buffer of bounded
// size, and the streams behind it wait in their FIFOs. What cannot be written at all is dropped
// and counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

class LineOutput {
  public:
    /// Writes to `descriptor`, which stays the caller's.
    explicit LineOutput(int descriptor);

    /// True while there is room for lines.
    [[nodiscard]] bool has_room() const;

    /// Takes lines from the front of `bytes` while there is room and returns how many bytes that
    /// were. A last piece without a line end gets one.
    std::size_t take(std::string_view instance, std::string_view bytes);

    /// Writes what it can; false when the rest has to wait for `descriptor()` to be writable.
    bool flush();

    /// The descriptor to wait for.
    [[nodiscard]] int descriptor() const;

    /// The first failure since the last success, once.
    [[nodiscard]] std::optional<core::Error> take_trouble();

  private:
    [[nodiscard]] std::string_view next_piece() const;
    ssize_t write_some(std::string_view bytes) const;
    void drop(int error_number);

    int descriptor_;
    platform::UniqueFd own_description_;
    bool is_socket_ = false;
    bool is_pipe_ = false;
    std::string buffer_;
    std::size_t written_ = 0;
    std::uint64_t dropped_ = 0;
    std::size_t mark_size_ = 0;  ///< length of the line at the front of the buffer that tells it
    int drop_reason_ = 0;
    std::optional<core::Error> trouble_;
};

}  // namespace respawnd::logger
