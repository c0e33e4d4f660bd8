// What has left a FIFO and is not in its log yet: a file in the run-time directory, which is memory
// and so never waits for a disk. Bytes come in by splice(2), one system call for the whole step,
// so that they are in the FIFO or in the spool whenever the logger is killed.
//
//     bytes 0-63    the record: how far the bytes behind it have come
//     bytes 4096-   what the job wrote
//
// The size of the file tells how much is there. An empty file has no record; one that was never
// written reads as zeros.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "logger/fifo_view.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

/// In the spool's first bytes, so that it outlives the logger.
struct SpoolRecord {
    /// Where the bytes begin that are not known to be in the log.
    std::uint64_t begin = 0;
    /// They are being written into this file at this offset, and into no other place before the
    /// record is changed. No inode: nothing of them has been written.
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;
    std::uint64_t stamped = 0;  ///< 1: with a time in front of each line
};

class Spool {
  public:
    /// More is not taken in before some of it is in the log.
    static constexpr std::size_t capacity = 256 * 1024;

    Spool() = default;
    /// Reads what an earlier logger left in it.
    [[nodiscard]] static core::Result<Spool> open(platform::UniqueFd file);

    struct Taken {
        FifoState state = FifoState::empty;
        std::size_t moved = 0;
    };
    /// Moves up to `most` bytes out of the FIFO. An error: there is no room in the run-time
    /// directory, and nothing was moved.
    [[nodiscard]] core::Result<Taken> take(int fifo, std::size_t most);

    [[nodiscard]] std::size_t size() const { return end_ - record_.begin; }
    [[nodiscard]] bool is_full() const { return size() >= capacity; }
    [[nodiscard]] const SpoolRecord& record() const { return record_; }
    [[nodiscard]] int fd() const { return file_.get(); }

    /// Bytes from `at` on, which counts from the first that is not in the log; good until the next
    /// call with this buffer.
    [[nodiscard]] core::Result<std::string_view> read(std::size_t at, std::size_t most,
                                                      std::vector<char>& buffer) const;

    /// The bytes go there next.
    [[nodiscard]] core::Result<void> begin_writing(std::uint64_t device, std::uint64_t inode,
                                                   std::uint64_t offset, bool stamped);
    /// The first `size` bytes are in the log, and nothing of the others.
    [[nodiscard]] core::Result<void> written(std::size_t size);

    /// Bytes that an earlier logger dropped behind what is in the spool, and has not told in the
    /// log.
    [[nodiscard]] std::uint64_t dropped_before() const { return dropped_before_; }
    /// For whoever takes over; may be called while another thread works on the spool.
    void note_dropped(std::uint64_t bytes) const;

  private:
    explicit Spool(platform::UniqueFd file) : file_(std::move(file)) {}
    [[nodiscard]] core::Result<void> write_record();
    [[nodiscard]] core::Result<void> clear();
    void give_memory_back();

    platform::UniqueFd file_;
    SpoolRecord record_{.begin = content};
    std::uint64_t end_ = content;
    std::uint64_t given_back_ = content;
    std::uint64_t dropped_before_ = 0;

    /// A page of its own for the record: what comes in by pages lands in pages, and not in halves
    /// of two.
    static constexpr std::uint64_t content = 4096;
};

}  // namespace respawnd::logger
