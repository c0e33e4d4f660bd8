// One log file, which several streams may write to, and what was rotated from it. All of it happens
// in the lane of the file's disk.
//
// The bytes go from a spool to the end of the file as it is at that moment, so that a file that was
// truncated goes on at its new end. The spool's record says beforehand where they go: if the logger
// is killed, the next one sees from the size of the file how many have arrived.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "logger/disk.h"
#include "logger/order.h"
#include "logger/rotation.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

class LogFile : public Sink, public std::enable_shared_from_this<LogFile> {
  public:
    LogFile(std::shared_ptr<Disk> disk, std::string name)
        : disk_(std::move(disk)), name_(std::move(name)) {}

    [[nodiscard]] core::Result<void> carry_out(Order& order) override;
    [[nodiscard]] std::optional<std::string> take_warning() override;

    /// Whatever its size; an empty or missing one stays.
    [[nodiscard]] core::Result<void> rotate_now();

  private:
    core::Result<void> open();
    [[nodiscard]] bool is_still_there();
    core::Result<void> settle(Order& order);
    core::Result<void> settle_stamped(Spool& spool, std::uint64_t written);
    core::Result<void> begin_as(const Order& order);
    core::Result<void> write_spool(Order& order);
    core::Result<std::size_t> ripe(const Order& order);
    core::Result<std::size_t> write_plain(Order& order, std::size_t ripe, std::uint64_t end);
    core::Result<std::size_t> write_stamped(Order& order, std::size_t ripe, std::uint64_t end);
    core::Result<std::size_t> cut(const Spool& spool, std::size_t size, std::uint64_t end);
    core::Result<std::optional<std::size_t>> last_line_end(const Spool& spool, std::size_t before);
    core::Result<std::optional<std::size_t>> next_line_end(const Spool& spool, std::size_t from);
    core::Result<std::size_t> copy(const Spool& spool, std::size_t size, std::uint64_t end);
    core::Result<void> fell_short(Order& order, std::size_t written, std::uint64_t end,
                                  core::Error error);
    core::Result<void> end_half_line();
    core::Result<void> write_line(std::string_view line);
    [[nodiscard]] core::Error write_error(int number) const;

    [[nodiscard]] std::uint64_t max_size() const;
    [[nodiscard]] std::vector<Rotated> rotated_files() const;
    core::Result<void> rotate();
    core::Result<void> limit_total(std::uint64_t limit);
    void compress_older();
    void compressed(ino_t inode, const core::Result<void>& done);
    void warn(const std::string& text);

    std::shared_ptr<Disk> disk_;
    std::string name_;
    platform::UniqueFd file_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    std::shared_ptr<const platform::logger_protocol::Output> rules_;
    core::Instant looked_at_name_{};
    core::Instant rotates_again_{};  ///< not before, because a rotation has failed
    std::uint64_t last_writer_ = 0;  ///< 0: whoever writes looks whether the last line has an end
    bool was_open_ = false;
    bool can_send_ = true;  ///< sendfile(2)
    bool is_compressing_ = false;
    std::optional<std::string> warning_;
    std::string last_warning_;
};

}  // namespace respawnd::logger
