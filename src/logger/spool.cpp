#include "logger/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <type_traits>

namespace respawnd::logger {
namespace {

/// Behind the record, in the 64 bytes that belong to it.
constexpr off_t dropped_at = 48;
static_assert(sizeof(SpoolRecord) <= dropped_at);
static_assert(std::is_trivially_copyable_v<SpoolRecord>);

constexpr const char* what = "write the spool of its output in the run-time directory";

}  // namespace

core::Result<Spool> Spool::open(platform::UniqueFd file) {
    Spool spool(std::move(file));
    struct stat status{};
    SpoolRecord record;
    if (::fstat(spool.file_.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        ::pread(spool.file_.get(), &record, sizeof record, 0) < 0 ||
        ::pread(spool.file_.get(), &spool.dropped_before_, sizeof spool.dropped_before_,
                dropped_at) < 0) {
        return core::system_error("read the spool of its output in the run-time directory");
    }
    spool.end_ = std::max<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), content);
    if (record.begin >= content && record.begin <= spool.end_) {
        spool.record_ = record;
    }
    return spool;
}

core::Result<Spool::Taken> Spool::take(int fifo, std::size_t most) {
    auto at = static_cast<off64_t>(end_);
    const ssize_t moved = ::splice(fifo, nullptr, file_.get(), &at, most, SPLICE_F_NONBLOCK);
    if (moved > 0) {
        end_ += static_cast<std::uint64_t>(moved);
        return Taken{FifoState::has_bytes, static_cast<std::size_t>(moved)};
    }
    if (moved == 0) {
        return Taken{FifoState::closed, 0};
    }
    if (errno == EAGAIN || errno == EINTR) {
        return Taken{FifoState::empty, 0};
    }
    return core::system_error(what);
}

core::Result<std::string_view> Spool::read(std::size_t at, std::size_t most,
                                           std::vector<char>& buffer) const {
    const std::size_t size = std::min({most, buffer.size(), this->size() - at});
    const ssize_t count =
        ::pread(file_.get(), buffer.data(), size, static_cast<off_t>(record_.begin + at));
    if (count != static_cast<ssize_t>(size)) {
        return core::system_error("read the spool of its output in the run-time directory");
    }
    return std::string_view(buffer.data(), size);
}

core::Result<void> Spool::write_record() {
    const ssize_t written = ::pwrite(file_.get(), &record_, sizeof record_, 0);
    if (written != sizeof record_) {
        return std::unexpected(core::Error{what, written < 0 ? errno : ENOSPC});
    }
    return {};
}

core::Result<void> Spool::begin_writing(std::uint64_t device, std::uint64_t inode,
                                        std::uint64_t offset, bool stamped) {
    record_.device = device;
    record_.inode = inode;
    record_.offset = offset;
    record_.stamped = stamped ? 1 : 0;
    return write_record();
}

core::Result<void> Spool::written(std::size_t size) {
    if (size == this->size()) {
        return clear();
    }
    record_ = {.begin = record_.begin + size};
    auto noted = write_record();
    give_memory_back();
    return noted;
}

/// A stream of half lines never empties its spool; what is behind it need not be kept for that.
void Spool::give_memory_back() {
    if (record_.begin - given_back_ >= capacity) {
        // From the second page on: the first has the record. Where it fails it costs memory only.
        constexpr off_t page = 4096;
        (void)::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page,
                          static_cast<off_t>(record_.begin) - page);
        given_back_ = record_.begin;
    }
}

core::Result<void> Spool::clear() {
    // The record and the bytes go at once.
    if (::ftruncate(file_.get(), 0) != 0) {
        return core::system_error(what);
    }
    record_ = {.begin = content};
    end_ = content;
    given_back_ = content;
    return {};
}

void Spool::note_dropped(std::uint64_t bytes) const {
    // Where it fails the number is lost with this logger only.
    [[maybe_unused]] const ssize_t noted = ::pwrite(file_.get(), &bytes, sizeof bytes, dropped_at);
}

}  // namespace respawnd::logger
