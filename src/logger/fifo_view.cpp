#include "logger/fifo_view.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace respawnd::logger {

namespace {

bool is_full(int write_end) {
    pollfd entry{write_end, POLLOUT, 0};
    return ::poll(&entry, 1, 0) == 0;
}

}  // namespace

core::Result<FifoView> FifoView::make() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return core::system_error("make a pipe");
    }
    return FifoView(platform::UniqueFd(ends[0]), platform::UniqueFd(ends[1]));
}

FifoView::FifoView(platform::UniqueFd read_end, platform::UniqueFd write_end)
    : read_end_(std::move(read_end)), write_end_(std::move(write_end)), buffer_(max_view) {}

FifoView::Look FifoView::look(int fifo) {
    const ssize_t size = ::tee(fifo, write_end_.get(), buffer_.size(), SPLICE_F_NONBLOCK);
    if (size <= 0) {
        return {size == 0 ? FifoState::closed : FifoState::empty, {}, false};
    }
    // The two pipes have as many slots, and tee fills slot by slot. Counting bytes would not do:
    // a slot may hold a single byte, and a FIFO be full with 16 of them.
    Look look{FifoState::has_bytes, {}, is_full(write_end_.get())};
    const auto wanted = static_cast<std::size_t>(size);
    std::size_t got = 0;
    while (got < wanted) {
        const ssize_t count = ::read(read_end_.get(), buffer_.data() + got, wanted - got);
        if (count <= 0) {
            break;
        }
        got += static_cast<std::size_t>(count);
    }
    look.bytes = {buffer_.data(), got};
    return look;
}

std::size_t FifoView::discard(int fifo, std::size_t size) {
    // Into a buffer rather than by splice to /dev/null, which may not be there.
    std::size_t gone = 0;
    while (gone < size) {
        const ssize_t count = ::read(fifo, buffer_.data(), std::min(buffer_.size(), size - gone));
        if (count <= 0) {
            break;
        }
        gone += static_cast<std::size_t>(count);
    }
    return gone;
}

std::size_t bytes_waiting(int fifo) {
    int size = 0;
    return ::ioctl(fifo, FIONREAD, &size) == 0 && size > 0 ? static_cast<std::size_t>(size) : 0;
}

std::size_t whole_lines(std::string_view bytes, bool all) {
    if (all) {
        return bytes.size();
    }
    const std::size_t line_end = bytes.rfind('\n');
    return line_end == std::string_view::npos ? 0 : line_end + 1;
}

}  // namespace respawnd::logger
