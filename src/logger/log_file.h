// One log file, which several streams may write to. Bytes go from a FIFO into it by splice(2) at
// an explicit offset, the size of the file as looked up before each step: one system call is the
// whole step, so the death of the logger neither loses nor doubles a byte, and a file that was
// truncated goes on at its new end.
//
// A file that cannot be written is in trouble: for a second what jobs write waits in their FIFOs,
// then it is dropped and counted, and the count is written as soon as the file takes bytes again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "logger/fifo_view.h"
#include "logger/log_folder.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

/// How long a job waits for a disk before its output is dropped.
inline constexpr core::Duration patience = std::chrono::seconds(1);

/// The line that stands where output is missing.
[[nodiscard]] std::string drop_mark(std::uint64_t bytes, int error_number);

class LogFile {
  public:
    /// `folder` and `view` must outlive the file.
    LogFile(LogFolder& folder, FifoView& view, std::string name);

    enum class Condition {
        good,
        waiting,   ///< in trouble, leave the bytes where they are
        dropping,  ///< in trouble for long, pass bytes to `count_dropped`
    };
    /// Opens or reopens the file where needed, tries again when it is time to, and says what to do
    /// with output.
    Condition check(core::Instant now);

    struct Step {
        FifoState state = FifoState::empty;  ///< of the FIFO
        std::size_t moved = 0;
        bool refused = false;  ///< the file takes nothing; it is in trouble since
    };
    /// Moves up to `size` bytes of the FIFO's front to the end of the file. If somebody other than
    /// `writer` was the last to write and left a half line, that line is ended first.
    Step append(int fifo, std::size_t size, std::uint64_t writer, core::Instant now);

    /// Ends the half line that `writer` left at the end of the file, if it did.
    void end_line(std::uint64_t writer, core::Instant now);

    /// `writer` has written here before, in the life of an earlier logger.
    void resume(std::uint64_t writer) { resumed_writer_ = writer; }

    void count_dropped(std::size_t size);
    /// What was dropped and is not told in the file.
    [[nodiscard]] std::uint64_t dropped() const { return trouble_ ? trouble_->dropped : 0; }

    /// When `check` wants to be called although nothing was written.
    [[nodiscard]] core::Instant retry_at() const;

    /// What happened to the file since the last call, in words, for the operator.
    struct News {
        bool trouble = false;  ///< else it healed
        std::string text;
    };
    [[nodiscard]] std::optional<News> take_news();

    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    struct Trouble {
        core::Instant since;
        core::Instant retry_at;
        core::Error error;
        std::uint64_t dropped = 0;
        bool reported = false;
    };

    core::Result<void> open_if_needed(core::Instant now);
    core::Result<void> write_at_end(std::string_view text);
    core::Result<void> end_half_line();
    core::Result<void> begin_as(std::uint64_t writer);
    core::Result<void> write_drop_mark();
    ssize_t move(int fifo, std::size_t size);
    ssize_t copy(int fifo, std::size_t size, off_t offset);
    void in_trouble(core::Error error, core::Instant now);
    void healed();

    LogFolder& folder_;
    FifoView& view_;
    std::string name_;
    platform::UniqueFd file_;
    core::Instant looked_at_name_{};
    std::uint64_t last_writer_ = 0;  ///< 0: whoever writes looks whether the last line has an end
    std::uint64_t resumed_writer_ = 0;
    bool can_splice_ = true;
    std::optional<Trouble> trouble_;
    std::optional<core::Instant> last_report_;
    std::optional<News> news_;
};

}  // namespace respawnd::logger
