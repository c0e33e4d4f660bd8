#include "logger/log_file.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

#include "logger/compression.h"
#include "logger/drop_mark.h"
#include "logger/line_stamp.h"
#include "platform/monotonic_clock.h"

namespace respawnd::logger {

namespace {

namespace protocol = platform::logger_protocol;
using core::Result;

constexpr core::Duration look_at_name_every = std::chrono::seconds(1);
constexpr core::Duration rotate_again_after = std::chrono::seconds(10);
/// What one system call moves: between two of them the watcher sees that the disk moves.
constexpr std::size_t piece = 64 * 1024;
/// Below this sendfile(2) costs more than it saves.
constexpr std::size_t small = 4096;
/// A file without a line end is rotated when it is that much too large.
constexpr std::uint64_t longest_overrun = 64 * 1024;
constexpr std::uint64_t nobody = 0;

/// The lane's own, so that no file needs one.
std::vector<char>& buffer() {
    thread_local std::vector<char> bytes(piece);
    return bytes;
}

/// How much of the bytes the file has taken; errno says why not all.
std::size_t write_at(int file, std::string_view bytes, std::uint64_t at) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written =
            ::pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            break;
        }
        done += static_cast<std::size_t>(written);
    }
    return done;
}

Result<std::uint64_t> size_of(int file) {
    struct stat status{};
    if (::fstat(file, &status) != 0) {
        return core::system_error("look at the log file");
    }
    return static_cast<std::uint64_t>(status.st_size);
}

Result<bool> ends_in_half_line(int file) {
    const auto size = size_of(file);
    if (!size) {
        return std::unexpected(size.error());
    }
    char last = '\n';
    if (*size > 0 && ::pread(file, &last, 1, static_cast<off_t>(*size - 1)) < 0) {
        return core::system_error("read the log file");
    }
    return last != '\n';
}

std::string now_stamp() {
    return line_stamp(std::chrono::system_clock::now());
}

LogFolder::Rights rights_of(const protocol::Output& rules) {
    LogFolder::Rights rights{.mode = static_cast<mode_t>(rules.mode)};
    if (rules.group != protocol::no_group) {
        rights.group = static_cast<gid_t>(rules.group);
    }
    return rights;
}

}  // namespace

core::Error LogFile::write_error(int number) const {
    return {"write log file \"" + disk_->folder.path_of(name_) + "\"", number};
}

Result<void> LogFile::carry_out(Order& order) {
    rules_ = order.rules;
    order.remedy.clear();
    if (auto opened = open(); !opened) {
        order.remedy = disk_->folder.remedy(name_, opened.error().number);
        return opened;
    }
    auto done = settle(order);
    if (done && !order.before.empty()) {
        done = write_line(now_stamp() + order.before);
        if (done) {
            order.before.clear();
        }
    }
    if (done) {
        done = write_spool(order);
    }
    if (done && order.is_last && last_writer_ == order.writer) {
        done = end_half_line();
        last_writer_ = nobody;
    }
    if (done && order.dropped != 0) {
        done = write_line((rules_->timestamps ? now_stamp() : "") +
                          drop_mark(order.dropped, order.drop_reason));
        if (done) {
            order.dropped = 0;
            order.spool->note_dropped(0);
        }
    }
    if (done && !order.after.empty()) {
        done = write_line(now_stamp() + order.after);
        if (done) {
            order.after.clear();
        }
    }
    return done;
}

// ---- the file ------------------------------------------------------------------------------

bool LogFile::is_still_there() {
    struct stat status{};
    if (!file_ || ::fstat(file_.get(), &status) != 0 || status.st_nlink == 0) {
        return false;
    }
    const core::Instant now = platform::monotonic_now();
    if (now - looked_at_name_ < look_at_name_every) {
        return true;
    }
    looked_at_name_ = now;
    return disk_->folder.still_leads_to(name_, file_.get());
}

Result<void> LogFile::open() {
    if (is_still_there()) {
        return {};
    }
    file_.reset();
    auto opened = disk_->folder.open_file(name_, rights_of(*rules_));
    if (!opened) {
        return std::unexpected(std::move(opened.error()));
    }
    struct stat status{};
    if (::fstat(opened->file.get(), &status) != 0) {
        return core::system_error("look at the log file");
    }
    if (opened->group_refused) {
        warn("log file \"" + disk_->folder.path_of(name_) + "\": " + opened->group_refused->text() +
             "; it keeps the group of the logger");
    }
    file_ = std::move(opened->file);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    looked_at_name_ = platform::monotonic_now();
    can_send_ = true;
    last_writer_ = nobody;
    if (!std::exchange(was_open_, true)) {
        compress_older();  // what an earlier logger did not come to
    }
    return {};
}

// ---- after the death of a logger ---------------------------------------------------------------

/// Where the record says that bytes were on their way into this file: those that have arrived leave
/// the spool. Nobody else has written behind them, because this comes before anything else.
Result<void> LogFile::settle(Order& order) {
    Spool& spool = *order.spool;
    const SpoolRecord record = spool.record();
    if (record.inode == 0) {
        return {};
    }
    const auto size = size_of(file_.get());
    if (!size) {
        return std::unexpected(size.error());
    }
    const bool is_this =
        record.device == device_ && record.inode == inode_ && record.offset <= *size;
    const std::uint64_t arrived = is_this ? *size - record.offset : 0;
    if (arrived != 0 && last_writer_ == nobody) {
        last_writer_ = order.writer;
    }
    if (record.stamped != 0 && is_this) {
        return settle_stamped(spool, arrived);
    }
    return spool.written(std::min<std::size_t>(arrived, spool.size()));
}

Result<void> LogFile::settle_stamped(Spool& spool, std::uint64_t written) {
    std::size_t taken = 0;
    std::uint64_t whole = 0;
    while (whole < written && taken < spool.size()) {
        const auto lines = spool.read(taken, piece, buffer());
        if (!lines) {
            return std::unexpected(lines.error());
        }
        const StampedPart part = part_of_stamped(*lines, written - whole);
        if (part.taken == 0) {
            break;
        }
        taken += part.taken;
        whole += part.written;
    }
    // A line that was cut off in the middle is written again from its stamp on.
    const auto offset = static_cast<off_t>(spool.record().offset + whole);
    if (whole < written && ::ftruncate(file_.get(), offset) != 0) {
        return std::unexpected(write_error(errno));
    }
    return spool.written(taken);
}

// ---- writing -------------------------------------------------------------------------------

Result<void> LogFile::end_half_line() {
    const auto half = ends_in_half_line(file_.get());
    if (!half) {
        return std::unexpected(half.error());
    }
    const auto size = size_of(file_.get());
    if (*half && ::pwrite(file_.get(), "\n", 1, static_cast<off_t>(*size)) != 1) {
        return std::unexpected(write_error(errno));
    }
    return {};
}

/// A line of the logger's own, whole or not at all.
Result<void> LogFile::write_line(std::string_view line) {
    last_writer_ = nobody;
    if (auto ended = end_half_line(); !ended) {
        return ended;
    }
    const auto size = size_of(file_.get());
    if (!size) {
        return std::unexpected(size.error());
    }
    const std::string text = std::string(line) + "\n";
    const std::size_t written = write_at(file_.get(), text, *size);
    if (written == text.size()) {
        return {};
    }
    core::Error error = write_error(errno);
    if (written != 0 && ::ftruncate(file_.get(), static_cast<off_t>(*size)) != 0) {
        error = write_error(errno);
    }
    return std::unexpected(std::move(error));
}

Result<void> LogFile::begin_as(const Order& order) {
    if (last_writer_ == order.writer) {
        return {};
    }
    if (last_writer_ != nobody || !order.is_resumed) {
        if (auto ended = end_half_line(); !ended) {
            return ended;
        }
    }
    last_writer_ = order.writer;
    return {};
}

Result<void> LogFile::write_spool(Order& order) {
    for (;;) {
        const auto size = ripe(order);
        if (!size || *size == 0) {
            return size ? Result<void>{} : std::unexpected(size.error());
        }
        if (auto begun = begin_as(order); !begun) {
            return begun;
        }
        const auto end = size_of(file_.get());
        if (!end) {
            return std::unexpected(end.error());
        }
        const auto written = rules_->timestamps ? write_stamped(order, *size, *end)
                                                : write_plain(order, *size, *end);
        if (!written) {
            return std::unexpected(written.error());
        }
        disk_->lane.has_moved();
        if (*written == 0) {
            if (auto rotated = rotate(); !rotated) {
                rotates_again_ = core::after(platform::monotonic_now(), rotate_again_after);
                warn(rotated.error().text() + "; it grows beyond max_size until that is mended");
            }
            continue;
        }
        if (auto noted = order.spool->written(*written); !noted) {
            return noted;
        }
    }
}

/// How much of the spool may be written.
Result<std::size_t> LogFile::ripe(const Order& order) {
    const Spool& spool = *order.spool;
    const bool whole_lines = order.keeps_lines || rules_->timestamps;
    if (!whole_lines || order.is_last) {
        return spool.size();
    }
    const auto end = last_line_end(spool, spool.size());
    if (!end) {
        return std::unexpected(end.error());
    }
    // A line that has no end yet and is too long already does not wait for it.
    return end->value_or(spool.size() >= longest_line ? spool.size() : 0);
}

/// Behind the last line end among the first `before` bytes.
Result<std::optional<std::size_t>> LogFile::last_line_end(const Spool& spool, std::size_t before) {
    while (before > 0) {
        const std::size_t from = before - std::min(before, small);
        const auto bytes = spool.read(from, before - from, buffer());
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (const std::size_t at = bytes->rfind('\n'); at != std::string_view::npos) {
            return from + at + 1;
        }
        before = from;
    }
    return std::nullopt;
}

Result<std::optional<std::size_t>> LogFile::next_line_end(const Spool& spool, std::size_t from) {
    while (from < spool.size()) {
        const auto bytes = spool.read(from, small, buffer());
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (const std::size_t at = bytes->find('\n'); at != std::string_view::npos) {
            return from + at + 1;
        }
        from += bytes->size();
    }
    return std::nullopt;
}

std::uint64_t LogFile::max_size() const {
    return platform::monotonic_now() < rotates_again_ ? protocol::no_limit : rules_->max_size;
}

/// How much of the first `size` bytes goes into the file, which ends at `end`, before it is
/// rotated; 0: it is rotated first.
Result<std::size_t> LogFile::cut(const Spool& spool, std::size_t size, std::uint64_t end) {
    const std::uint64_t most = max_size();
    if (most == protocol::no_limit || end + size <= most) {
        return size;
    }
    const std::size_t room = end < most ? static_cast<std::size_t>(most - end) : 0;
    const auto fits = last_line_end(spool, room);
    if (!fits || *fits) {
        return fits ? Result<std::size_t>(**fits) : std::unexpected(fits.error());
    }
    const auto half = ends_in_half_line(file_.get());
    if (!half) {
        return std::unexpected(half.error());
    }
    const bool is_far_too_large = end >= most && end - most >= longest_overrun;
    if (end != 0 && (!*half || is_far_too_large)) {
        return 0;
    }
    // The line has begun, or is longer than a whole file.
    const auto line_end = next_line_end(spool, room);
    if (!line_end) {
        return std::unexpected(line_end.error());
    }
    return std::min(size, line_end->value_or(std::max(room, piece)));
}

/// What could be written before the disk refused; fell_short() tells the rest.
Result<std::size_t> LogFile::copy(const Spool& spool, std::size_t size, std::uint64_t end) {
    std::size_t done = 0;
    if (can_send_ && size > small) {
        if (::lseek(file_.get(), static_cast<off_t>(end), SEEK_SET) < 0) {
            return std::unexpected(write_error(errno));
        }
        auto from = static_cast<off_t>(spool.record().begin);
        while (done < size) {
            const ssize_t sent =
                ::sendfile(file_.get(), spool.fd(), &from, std::min(size - done, piece));
            if (sent <= 0) {
                break;
            }
            done += static_cast<std::size_t>(sent);
            disk_->lane.has_moved();
        }
        can_send_ = done == size || errno != EINVAL;
    }
    while (done < size) {
        const auto bytes = spool.read(done, size - done, buffer());
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        const std::size_t written = write_at(file_.get(), *bytes, end + done);
        done += written;
        if (written < bytes->size()) {
            break;
        }
        disk_->lane.has_moved();
    }
    return done;
}

Result<std::size_t> LogFile::write_plain(Order& order, std::size_t ripe, std::uint64_t end) {
    Spool& spool = *order.spool;
    const auto size = cut(spool, ripe, end);
    if (!size || *size == 0) {
        return size;
    }
    if (auto begun = spool.begin_writing(device_, inode_, end, false); !begun) {
        return std::unexpected(begun.error());
    }
    const auto done = copy(spool, *size, end);
    if (!done || *done == *size) {
        return done;
    }
    return std::unexpected(fell_short(order, *done, end, write_error(errno)).error());
}

/// The disk has refused: what it took leaves the spool, but no line stays torn where others may
/// write next.
Result<void> LogFile::fell_short(Order& order, std::size_t written, std::uint64_t end,
                                 core::Error error) {
    Spool& spool = *order.spool;
    if (order.keeps_lines) {
        const auto whole = last_line_end(spool, written);
        const std::size_t kept = whole ? whole->value_or(0) : 0;
        if (kept < written && ::ftruncate(file_.get(), static_cast<off_t>(end + kept)) == 0) {
            written = kept;
        }
    }
    (void)spool.written(written);
    return std::unexpected(std::move(error));
}

Result<std::size_t> LogFile::write_stamped(Order& order, std::size_t ripe, std::uint64_t end) {
    Spool& spool = *order.spool;
    const auto bytes = spool.read(0, ripe, buffer());
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    // What is cut off at the end of the buffer comes with the next piece, whole.
    std::string_view lines = *bytes;
    if (const std::size_t last = lines.rfind('\n');
        lines.size() < ripe && last != std::string_view::npos) {
        lines = lines.substr(0, last + 1);
    }
    const std::uint64_t most = max_size();
    const std::size_t room = most == protocol::no_limit ? piece * 2 : end < most ? most - end : 0;
    const StampedLines stamped = stamp_lines(lines, now_stamp(), room, end == 0 ? 1 : 0);
    if (stamped.taken == 0) {
        return 0;
    }
    if (auto begun = spool.begin_writing(device_, inode_, end, true); !begun) {
        return std::unexpected(begun.error());
    }
    const std::size_t written = write_at(file_.get(), stamped.text, end);
    if (written == stamped.text.size()) {
        return stamped.taken;
    }
    core::Error error = write_error(errno);
    const StampedPart part = part_of_stamped(lines, written);
    if (::ftruncate(file_.get(), static_cast<off_t>(end + part.written)) == 0) {
        (void)spool.written(part.taken);
    }
    return std::unexpected(std::move(error));
}

// ---- rotation ------------------------------------------------------------------------------

/// Ordered by their numbers. The folder is read once: to look for each number that `keep` allows
/// would cost more than the rotation.
std::vector<Rotated> LogFile::rotated_files() const {
    std::vector<Rotated> present;
    for (const std::string& name : disk_->folder.list()) {
        if (!name.starts_with(name_ + ".")) {
            continue;
        }
        Rotated file;
        const char* const digits = name.data() + name_.size() + 1;
        (void)std::from_chars(digits, name.data() + name.size(), file.number);
        file.is_compressed = name.ends_with(".zst");
        if (file.number != 0 && rotated_name(name_, file) == name) {
            present.push_back(file);
        }
    }
    std::ranges::sort(present, {}, [](const Rotated& file) {
        return std::pair(file.number, file.is_compressed);
    });
    return present;
}

Result<void> LogFile::rotate_now() {
    const auto size = file_ && is_still_there() ? size_of(file_.get()) : Result<std::uint64_t>(0);
    return size && *size != 0 ? rotate() : Result<void>{};
}

Result<void> LogFile::rotate() {
    for (const RotationStep& step : rotation_steps(name_, rotated_files(), rules_->keep)) {
        auto done = step.to.empty() ? disk_->folder.remove(step.from)
                                    : disk_->folder.rename(step.from, step.to);
        if (!done) {
            return done;
        }
    }
    file_.reset();
    if (auto opened = open(); !opened) {
        return opened;
    }
    compress_older();
    auto limited = limit_total(rules_->max_total);
    if (const std::uint64_t limit = disk_->max_total; limited && limit != protocol::no_limit) {
        limited = limit_folder(disk_->folder, limit);
    }
    if (!limited) {
        warn(limited.error().text() + "; logs take more than max_total until that is mended");
    }
    return {};
}

/// The highest numbers go until this file and those rotated from it take at most `limit` bytes,
/// with room for the file that has just begun.
Result<void> LogFile::limit_total(std::uint64_t limit) {
    if (limit == protocol::no_limit) {
        return {};
    }
    std::vector<Rotated> present = rotated_files();
    std::vector<std::uint64_t> sizes;
    std::uint64_t total = rules_->max_size == protocol::no_limit ? 0 : rules_->max_size;
    for (const Rotated& file : present) {
        const auto status = disk_->folder.look(rotated_name(name_, file));
        sizes.push_back(status ? static_cast<std::uint64_t>(status->st_size) : 0);
        total += sizes.back();
    }
    while (total > limit && !present.empty()) {
        if (auto removed = disk_->folder.remove(rotated_name(name_, present.back())); !removed) {
            return removed;
        }
        total -= sizes.back();
        present.pop_back();
        sizes.pop_back();
    }
    return {};
}

/// The youngest that is not compressed, except number 1, in the background; then the next one.
void LogFile::compress_older() {
    if (is_compressing_ || rules_->compression == protocol::Compression::none) {
        return;
    }
    const LogFolder& folder = disk_->folder;
    (void)folder.remove(unfinished_name(name_));
    for (std::uint64_t number = 2; number <= rules_->keep; ++number) {
        const std::string name = rotated_name(name_, {number, false});
        const auto status = folder.look(name);
        if (!status || !S_ISREG(status->st_mode)) {
            continue;
        }
        auto from = folder.open_existing(name);
        auto to = folder.create(unfinished_name(name_));
        if (!from || !to) {
            warn((from ? to : from).error().text() + "; it stays as it is, not compressed");
            return;
        }
        is_compressing_ = true;
        // Both ends are shared, as a std::function has to be copyable.
        auto ends = std::make_shared<std::pair<platform::UniqueFd, platform::UniqueFd>>(
            std::move(*from), std::move(*to));
        disk_->compression.post([self = shared_from_this(), ends, inode = status->st_ino] {
            auto done = compress(ends->first.get(), ends->second.get());
            self->disk_->lane.post([self, inode, done] { self->compressed(inode, done); });
        });
        return;
    }
}

/// Rotations have gone on meanwhile: the file is found by its inode.
void LogFile::compressed(ino_t inode, const Result<void>& done) {
    is_compressing_ = false;
    const LogFolder& folder = disk_->folder;
    const std::string unfinished = unfinished_name(name_);
    if (!done) {
        (void)folder.remove(unfinished);
        warn(done.error().text() + ", of \"" + folder.path_of(name_) +
             "\"; the rotated file stays as it is");
        return;
    }
    for (std::uint64_t number = 2; number <= rules_->keep; ++number) {
        const auto status = folder.look(rotated_name(name_, {number, false}));
        if (status && status->st_ino == inode) {
            auto named = folder.rename(unfinished, rotated_name(name_, {number, true}));
            if (named) {
                named = folder.remove(rotated_name(name_, {number, false}));
            }
            if (!named) {
                warn(named.error().text());
                return;
            }
            break;
        }
    }
    compress_older();
}

void LogFile::warn(const std::string& text) {
    if (text != last_warning_) {
        last_warning_ = text;
        warning_ = text;
    }
}

std::optional<std::string> LogFile::take_warning() {
    return std::exchange(warning_, std::nullopt);
}

}  // namespace respawnd::logger
