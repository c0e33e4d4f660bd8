#include "logger/line_output.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "logger/drop_mark.h"

namespace respawnd::logger {

namespace {

constexpr std::size_t buffer_limit = 64 * 1024;
constexpr std::string_view separator = " | ";

/// Terminals and pipes are opened anew, because O_NONBLOCK belongs to the open file description,
/// which the daemon and the shell that started it share. A regular file is not: its description
/// holds the position at which the daemon writes too.
bool wants_own_description(const struct stat& status) {
    return S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode);
}

}  // namespace

LineOutput::LineOutput(int descriptor) : descriptor_(descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) {
        return;
    }
    is_socket_ = S_ISSOCK(status.st_mode);
    is_pipe_ = S_ISFIFO(status.st_mode);
    if (wants_own_description(status)) {
        const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
        own_description_ = platform::UniqueFd(
            ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND));
    }
}

int LineOutput::descriptor() const {
    return own_description_ ? own_description_.get() : descriptor_;
}

bool LineOutput::has_room() const {
    return buffer_.size() < buffer_limit;
}

std::size_t LineOutput::take(std::string_view instance, std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && has_room()) {
        const std::string_view rest = bytes.substr(taken);
        const std::string_view line = rest.substr(0, rest.find('\n'));
        buffer_.append(instance).append(separator).append(line).push_back('\n');
        taken += std::min(line.size() + 1, rest.size());
    }
    return taken;
}

/// Whole lines that a pipe takes in one piece, so that lines of the daemon, which may write to the
/// same pipe, fall between lines.
std::string_view LineOutput::next_piece() const {
    const std::string_view rest = std::string_view(buffer_).substr(written_);
    if (!is_pipe_ || rest.size() <= PIPE_BUF) {
        return rest;
    }
    const std::size_t line_end = rest.rfind('\n', PIPE_BUF - 1);
    return rest.substr(0, line_end == std::string_view::npos ? PIPE_BUF : line_end + 1);
}

ssize_t LineOutput::write_some(std::string_view bytes) const {
    if (is_socket_) {
        return ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (!own_description_) {
        pollfd entry{descriptor_, POLLOUT, 0};
        if (::poll(&entry, 1, 0) == 0) {
            errno = EAGAIN;
            return -1;
        }
        bytes = bytes.substr(0, PIPE_BUF);  // what a pipe that is writable takes without blocking
    }
    return ::write(descriptor(), bytes.data(), bytes.size());
}

bool LineOutput::flush() {
    while (written_ < buffer_.size()) {
        if (written_ == 0 && dropped_ > 0 && mark_size_ == 0) {
            const std::string mark =
                drop_mark(dropped_, std::generic_category().message(drop_reason_)) + "\n";
            mark_size_ = mark.size();
            buffer_.insert(0, mark);
        }
        const ssize_t size = write_some(next_piece());
        if (size < 0 && errno == EAGAIN) {
            return false;
        }
        if (size < 0 && errno != EINTR) {
            drop(errno);
            return true;
        }
        written_ += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    buffer_.clear();
    written_ = 0;
    mark_size_ = 0;
    dropped_ = 0;
    drop_reason_ = 0;
    return true;
}

void LineOutput::drop(int error_number) {
    if (drop_reason_ == 0) {
        trouble_ = core::Error{"write standard output", error_number};
    }
    drop_reason_ = error_number;
    dropped_ += buffer_.size() - std::max(written_, mark_size_);
    buffer_.clear();
    written_ = 0;
    mark_size_ = 0;
}

std::optional<core::Error> LineOutput::take_trouble() {
    return std::exchange(trouble_, std::nullopt);
}

}  // namespace respawnd::logger
