#include "logger/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace respawnd::logger {

namespace {

constexpr core::Duration look_at_name_every = std::chrono::seconds(1);
constexpr core::Duration retry_while_waiting = std::chrono::milliseconds(200);
constexpr core::Duration retry_while_dropping = std::chrono::seconds(1);
/// A disk at its brim fails and takes a little in turn; that is one trouble for the operator.
constexpr core::Duration report_at_most_every = std::chrono::minutes(1);

constexpr std::uint64_t no_writer = 0;

core::Result<off_t> size_of(int file) {
    struct stat status{};
    if (::fstat(file, &status) != 0) {
        return core::system_error("look at the log file");
    }
    return status.st_size;
}

core::Result<bool> ends_in_half_line(int file) {
    const auto size = size_of(file);
    if (!size) {
        return std::unexpected(size.error());
    }
    char last = '\n';
    if (*size > 0 && ::pread(file, &last, 1, *size - 1) < 0) {
        return core::system_error("read the log file");
    }
    return last != '\n';
}

}  // namespace

std::string drop_mark(std::uint64_t bytes, int error_number) {
    return "respawn-logger: " + std::to_string(bytes) + " bytes dropped, " +
           (error_number == 0 ? "the file could not be opened"
                              : std::generic_category().message(error_number)) +
           "\n";
}

LogFile::LogFile(LogFolder& folder, FifoView& view, std::string name)
    : folder_(folder), view_(view), name_(std::move(name)) {}

LogFile::Condition LogFile::check(core::Instant now) {
    const bool for_long = trouble_ && now - trouble_->since >= patience;
    const Condition bad = for_long ? Condition::dropping : Condition::waiting;
    if (trouble_ && now < trouble_->retry_at) {
        return bad;
    }
    const bool was_open = static_cast<bool>(file_);
    if (auto opened = open_if_needed(now); !opened) {
        in_trouble(std::move(opened.error()), now);
        return bad;
    }
    if (!trouble_) {
        return Condition::good;
    }
    trouble_->retry_at = now + (for_long ? retry_while_dropping : retry_while_waiting);
    if (trouble_->dropped > 0) {
        if (auto written = write_drop_mark(); !written) {
            in_trouble(std::move(written.error()), now);
            return bad;
        }
        healed();
    } else if (!was_open) {
        healed();
    }
    // Else the next bytes are the trial: they stay where they are if the file refuses them.
    return Condition::good;
}

core::Result<void> LogFile::open_if_needed(core::Instant now) {
    if (file_) {
        struct stat status{};
        bool ours = ::fstat(file_.get(), &status) == 0 && status.st_nlink > 0;
        if (ours && now - looked_at_name_ >= look_at_name_every) {
            looked_at_name_ = now;
            ours = folder_.still_leads_to(name_, file_.get());
        }
        if (ours) {
            return {};
        }
        file_.reset();
    }
    auto file = folder_.open_file(name_);
    if (!file) {
        return std::unexpected(std::move(file.error()));
    }
    file_ = std::move(*file);
    looked_at_name_ = now;
    can_splice_ = true;
    last_writer_ = std::exchange(resumed_writer_, no_writer);
    return {};
}

LogFile::Step LogFile::append(int fifo, std::size_t size, std::uint64_t writer, core::Instant now) {
    if (auto ended = begin_as(writer); !ended) {
        in_trouble(std::move(ended.error()), now);
        return {FifoState::has_bytes, 0, true};
    }
    const ssize_t moved = move(fifo, size);
    if (moved < 0 && errno == EAGAIN) {
        return {FifoState::empty, 0, false};
    }
    if (moved < 0) {
        in_trouble(core::Error{"write log file \"" + folder_.path_of(name_) + "\"", errno}, now);
        return {FifoState::has_bytes, 0, true};
    }
    if (moved == 0) {
        return {FifoState::closed, 0, false};
    }
    if (trouble_) {
        healed();
    }
    return {FifoState::has_bytes, static_cast<std::size_t>(moved), false};
}

/// splice, where the file system can; its result and errno either way.
ssize_t LogFile::move(int fifo, std::size_t size) {
    auto offset = size_of(file_.get());
    if (!offset) {
        errno = offset.error().number;
        return -1;
    }
    if (can_splice_) {
        off64_t at = *offset;
        const ssize_t moved =
            ::splice(fifo, nullptr, file_.get(), &at, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (moved >= 0 || errno != EINVAL) {
            return moved;
        }
        can_splice_ = false;
    }
    return copy(fifo, size, *offset);
}

/// For file systems without splice. The bytes leave the FIFO after they were written, so that none
/// is lost if the file refuses them.
ssize_t LogFile::copy(int fifo, std::size_t size, off_t offset) {
    const FifoView::Look look = view_.look(fifo);
    if (look.state == FifoState::closed) {
        return 0;
    }
    if (look.state == FifoState::empty) {
        errno = EAGAIN;
        return -1;
    }
    const ssize_t written =
        ::pwrite(file_.get(), look.bytes.data(), std::min(size, look.bytes.size()), offset);
    if (written > 0) {
        (void)view_.discard(fifo, static_cast<std::size_t>(written));  // they were just seen there
    }
    return written;
}

core::Result<void> LogFile::end_half_line() {
    const auto half = ends_in_half_line(file_.get());
    if (!half) {
        return std::unexpected(half.error());
    }
    return *half ? write_at_end("\n") : core::Result<void>{};
}

core::Result<void> LogFile::begin_as(std::uint64_t writer) {
    if (last_writer_ == writer) {
        return {};
    }
    auto ended = end_half_line();
    if (ended) {
        last_writer_ = writer;
    }
    return ended;
}

void LogFile::end_line(std::uint64_t writer, core::Instant now) {
    if (last_writer_ != writer || !file_ || trouble_) {
        return;
    }
    // Where this fails nothing is glued together all the same: the next writer looks first.
    last_writer_ = no_writer;
    if (auto ended = end_half_line(); !ended) {
        in_trouble(std::move(ended.error()), now);
    }
}

core::Result<void> LogFile::write_at_end(std::string_view text) {
    const std::string tried = "write log file \"" + folder_.path_of(name_) + "\"";
    const auto size = size_of(file_.get());
    if (!size) {
        return std::unexpected(size.error());
    }
    const ssize_t written = ::pwrite(file_.get(), text.data(), text.size(), *size);
    if (written == static_cast<ssize_t>(text.size())) {
        return {};
    }
    if (written < 0) {
        return core::system_error(tried);
    }
    // No half mark; the next try writes it whole.
    if (::ftruncate(file_.get(), *size) != 0) {
        return core::system_error(tried);
    }
    return std::unexpected(core::Error{tried, ENOSPC});
}

core::Result<void> LogFile::write_drop_mark() {
    last_writer_ = no_writer;
    const auto half = ends_in_half_line(file_.get());
    if (!half) {
        return std::unexpected(half.error());
    }
    return write_at_end((*half ? "\n" : "") + drop_mark(trouble_->dropped, trouble_->error.number));
}

void LogFile::count_dropped(std::size_t size) {
    if (trouble_) {
        trouble_->dropped += size;
    }
}

core::Instant LogFile::retry_at() const {
    return trouble_ ? trouble_->retry_at : core::no_deadline;
}

void LogFile::in_trouble(core::Error error, core::Instant now) {
    if (!trouble_) {
        trouble_ = Trouble{now, now, {}, 0, false};
        if (!last_report_ || now - *last_report_ >= report_at_most_every) {
            last_report_ = now;
            trouble_->reported = true;
            news_ = News{true, error.text() + folder_.remedy(name_, error.number)};
        }
    }
    trouble_->error = std::move(error);
    trouble_->retry_at =
        now + (now - trouble_->since < patience ? retry_while_waiting : retry_while_dropping);
}

void LogFile::healed() {
    if (trouble_->reported) {
        news_ = News{false, "log file \"" + folder_.path_of(name_) + "\" is written again, " +
                                std::to_string(trouble_->dropped) + " bytes were dropped"};
    }
    trouble_.reset();
}

std::optional<LogFile::News> LogFile::take_news() {
    return std::exchange(news_, std::nullopt);
}

}  // namespace respawnd::logger
