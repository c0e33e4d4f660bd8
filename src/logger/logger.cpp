#include "logger/logger.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <variant>

#include "platform/monotonic_clock.h"

namespace respawnd::logger {

namespace {

namespace protocol = platform::logger_protocol;
using platform::Datagram;
using platform::UniqueFd;

/// Marks in the epoll set; a stream's mark is its generation, which is neither.
constexpr std::uint64_t control_mark = 0;
constexpr std::uint64_t output_mark = std::numeric_limits<std::uint64_t>::max();

/// What one stream may move before the next one has its turn.
constexpr std::size_t fair_share = 256 * 1024;
constexpr int messages_a_turn = 256;
/// The daemon reads at once or is gone; a queue longer than this says nothing useful any more.
constexpr std::size_t max_outbound = 16384;
/// How long to go on without a daemon.
constexpr core::Duration orphan_time = std::chrono::seconds(2);

bool watch(int epoll, int descriptor, std::uint32_t events, std::uint64_t mark, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = mark;
    return ::epoll_ctl(epoll, operation, descriptor, &event) == 0;
}

/// A FIFO that does not block; anything else could stop the loop.
bool is_usable_fifo(int descriptor) {
    struct stat status{};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISFIFO(status.st_mode)) {
        return false;
    }
    const int flags = ::fcntl(descriptor, F_GETFL);
    return flags >= 0 &&
           ((flags & O_NONBLOCK) != 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0);
}

}  // namespace

core::Result<std::unique_ptr<Logger>> Logger::make(UniqueFd control, std::string log_folder,
                                                   int output) {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll || !watch(epoll.get(), control.get(), EPOLLIN, control_mark, EPOLL_CTL_ADD)) {
        return core::system_error("watch the control socket");
    }
    auto view = FifoView::make();
    if (!view) {
        return std::unexpected(view.error());
    }
    return std::unique_ptr<Logger>(new Logger(std::move(control), std::move(epoll),
                                              std::move(*view), std::move(log_folder), output));
}

Logger::Logger(UniqueFd control, UniqueFd epoll, FifoView view, std::string log_folder, int output)
    : control_(std::move(control)),
      epoll_(std::move(epoll)),
      view_(std::move(view)),
      folder_(std::move(log_folder)),
      output_(output) {}

void Logger::run() {
    while (!is_done()) {
        wait();
        retry_files();
        serve_queue();
        flush_output();
        send_messages();
    }
    for (const std::string& name : troubled_files_) {
        if (const std::uint64_t dropped = files_.at(name).file->dropped(); dropped > 0) {
            tell(protocol::TroubleBegan{name, "log file \"" + folder_.path_of(name) + "\" lacks " +
                                                  std::to_string(dropped) + " bytes at its end"});
        }
    }
    send_messages();
}

bool Logger::is_done() const {
    if (!is_finishing_) {
        return false;
    }
    const bool all_written = std::ranges::all_of(streams_, [](const auto& entry) {
        return entry.second->phase == Stream::Phase::left_over;
    });
    return now_ >= give_up_at_ || (all_written && !output_waits_ && outbound_.empty());
}

int Logger::wait_milliseconds() const {
    if (!queue_.empty()) {
        return 0;
    }
    core::Instant until = give_up_at_;
    for (const std::string& name : troubled_files_) {
        until = std::min(until, files_.at(name).file->retry_at());
    }
    if (until == core::no_deadline) {
        return -1;
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now_).count();
    return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void Logger::wait() {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   wait_milliseconds());
    now_ = platform::monotonic_now();
    for (int index = 0; index < count; ++index) {
        const epoll_event& event = events[static_cast<std::size_t>(index)];
        if (event.data.u64 == control_mark) {
            receive_messages();
        } else if (event.data.u64 != output_mark) {
            // A stream that an earlier message of this turn removed is not found.
            if (const auto found = streams_.find(event.data.u64); found != streams_.end()) {
                found->second->hung_up = (event.events & EPOLLHUP) != 0;
                enqueue(*found->second);
            }
        }
    }
}

// Messages of the daemon.

void Logger::receive_messages() {
    for (int count = 0; count < messages_a_turn && control_; ++count) {
        auto received = platform::receive_datagram(control_.get());
        if (received && !*received) {
            return;
        }
        if (!received || (*received)->bytes.empty()) {
            control_.reset();  // which takes it out of the epoll set too
            outbound_.clear();
            give_up_at_ = now_ + orphan_time;
            finish();
            return;
        }
        Datagram& datagram = **received;
        // A message that does not decode is a mistake of ours in the daemon; the streams go on.
        auto message = protocol::decode_to_logger(datagram.bytes);
        if (message) {
            std::visit([&](auto& one) { on_message(std::move(one), std::move(datagram)); },
                       *message);
        }
    }
}

void Logger::on_message(protocol::StreamOpened message, Datagram datagram) {
    if (streams_.contains(message.generation)) {
        return;
    }
    if (!datagram.whole || !is_usable_fifo(datagram.attached.get())) {
        tell(protocol::TroubleBegan{message.file, "the output of " + message.instance +
                                                      " did not reach the logger: no FIFO came "
                                                      "(too many open files?)"});
        return;
    }
    auto owned = std::make_unique<Stream>();
    Stream& stream = *owned;
    stream.generation = message.generation;
    stream.fifo = std::move(datagram.attached);
    // Edge-triggered: a closed FIFO and one whose half line stays in it cause no further wake-up.
    if (!watch(epoll_.get(), stream.fifo.get(), EPOLLIN | EPOLLET, message.generation,
               EPOLL_CTL_ADD)) {
        tell(protocol::TroubleBegan{message.file,
                                    "the output of " + message.instance + " cannot be watched"});
        return;
    }
    if (message.target == protocol::Target::file) {
        stream.file = &file_for(message.file);
        stream.has_siblings = message.instance != message.job;
        if (message.resumed) {
            stream.file->resume(message.generation);
        }
        SharedFile& shared = files_.at(message.file);
        shared.streams.insert(&stream);
        share_lines(shared);
    }
    stream.instance = std::move(message.instance);
    streams_.emplace(stream.generation, std::move(owned));
    join_line(stream);
    enqueue(stream);
}

void Logger::on_message(const protocol::RunEnded& message, Datagram /*datagram*/) {
    if (const auto found = streams_.find(message.generation); found != streams_.end()) {
        end_run(*found->second);
    }
}

void Logger::on_message(const protocol::StreamForgotten& message, Datagram /*datagram*/) {
    if (const auto found = streams_.find(message.generation); found != streams_.end()) {
        found->second->forgotten = true;
        end_run(*found->second);
        enqueue(*found->second);
    }
}

void Logger::on_message(const protocol::FinishWanted& /*message*/, Datagram /*datagram*/) {
    finish();
}

void Logger::finish() {
    is_finishing_ = true;
    for (auto& [generation, stream] : streams_) {
        end_run(*stream);
    }
}

void Logger::tell(const protocol::FromLogger& message) {
    if (control_ && outbound_.size() < max_outbound) {
        outbound_.push_back(protocol::encode(message));
    }
}

void Logger::send_messages() {
    while (!outbound_.empty()) {
        const auto sent = platform::send_datagram(control_.get(), outbound_.front());
        if (!sent) {
            outbound_.clear();  // the daemon is gone, which the socket tells on its own
            break;
        }
        if (!*sent) {
            break;
        }
        outbound_.pop_front();
    }
    const bool wanted = !outbound_.empty();
    if (control_ && wanted != control_waits_) {
        control_waits_ = wanted;
        (void)watch(epoll_.get(), control_.get(), wanted ? EPOLLIN | EPOLLOUT : EPOLLIN,
                    control_mark, EPOLL_CTL_MOD);
    }
}

/// As long as several streams write to a file, each writes whole lines only.
void Logger::share_lines(SharedFile& shared) {
    for (Stream* stream : shared.streams) {
        stream->keeps_lines = stream->has_siblings || shared.streams.size() > 1;
        enqueue(*stream);
    }
}

// The order of runs.

LogFile& Logger::file_for(const std::string& name) {
    SharedFile& shared = files_[name];
    if (!shared.file) {
        shared.file = std::make_unique<LogFile>(folder_, view_, name);
    }
    return *shared.file;
}

/// Output of a run follows that of the runs before it. A run that begins means that the one before
/// it has ended, whether the daemon said so or not.
void Logger::join_line(Stream& stream) {
    auto& line = lines_of_runs_[stream.instance];
    if (!line.empty()) {
        stream.phase = Stream::Phase::waiting;
        end_run(*line.back());
    }
    line.push_back(&stream);
}

void Logger::end_run(Stream& stream) {
    if (stream.phase == Stream::Phase::waiting) {
        stream.has_ended = true;
    } else if (stream.phase == Stream::Phase::running) {
        begin_ending(stream);
    }
}

/// What is in the FIFO is the rest of the run, so a process that was left behind and writes for
/// ever does not hold up the next run.
void Logger::begin_ending(Stream& stream) {
    stream.phase = Stream::Phase::ending;
    stream.left = bytes_waiting(stream.fifo.get());
    enqueue(stream);
}

void Logger::run_is_written(Stream& stream) {
    if (stream.file != nullptr) {
        stream.file->end_line(stream.generation, now_);
        tell_news(*stream.file);
    }
    stream.phase = Stream::Phase::left_over;
    const auto found = lines_of_runs_.find(stream.instance);
    auto& line = found->second;
    std::erase(line, &stream);
    if (line.empty()) {
        lines_of_runs_.erase(found);
        return;
    }
    Stream& next = *line.front();
    next.phase = Stream::Phase::running;
    if (next.has_ended) {
        begin_ending(next);
    }
    enqueue(next);
}

void Logger::remove(std::uint64_t generation) {
    const auto found = streams_.find(generation);
    Stream& stream = *found->second;
    if (stream.file != nullptr) {
        const auto shared = files_.find(stream.file->name());
        shared->second.streams.erase(&stream);
        share_lines(shared->second);
        // A file that has yet to say what was dropped is kept until it could.
        if (shared->second.streams.empty() && !troubled_files_.contains(shared->first)) {
            files_.erase(shared);
        }
    }
    streams_.erase(found);
}

// The bytes.

void Logger::enqueue(Stream& stream) {
    if (!stream.is_queued && stream.phase != Stream::Phase::waiting) {
        stream.is_queued = true;
        queue_.push_back(stream.generation);
    }
}

void Logger::serve_queue() {
    for (std::size_t count = queue_.size(); count > 0; --count) {
        const std::uint64_t generation = queue_.front();
        queue_.pop_front();
        if (const auto found = streams_.find(generation); found != streams_.end()) {
            found->second->is_queued = false;
            serve(*found->second);
        }
    }
}

void Logger::serve(Stream& stream) {
    stream.is_held_up = false;
    FifoState state = FifoState::has_bytes;
    std::size_t budget = fair_share;
    while (budget > 0 && state == FifoState::has_bytes && !stream.is_held_up) {
        if (stream.phase == Stream::Phase::ending && stream.left == 0) {
            run_is_written(stream);
        }
        if (stream.phase == Stream::Phase::left_over && stream.forgotten) {
            remove(stream.generation);
            return;
        }
        const Advance step = advance(stream, output_, view_, budget, now_);
        state = step.state;
        stream.is_held_up = step.held_up;
        budget -= std::min(budget, step.taken);
        stream.left -= std::min(stream.left, step.taken);
    }
    if (stream.file != nullptr) {
        tell_news(*stream.file);
    }
    if (stream.is_held_up) {
        // retry_files brings it back, or flush_output.
        if (stream.file == nullptr) {
            held_up_by_output_.push_back(stream.generation);
        }
        return;
    }
    if (state == FifoState::has_bytes) {
        enqueue(stream);
        return;
    }
    if (stream.phase == Stream::Phase::ending) {
        run_is_written(stream);
    }
    if (state == FifoState::closed && stream.phase == Stream::Phase::left_over) {
        tell(protocol::StreamDrained{stream.generation});
        remove(stream.generation);
    }
}

void Logger::tell_news(LogFile& file) {
    if (file.retry_at() != core::no_deadline) {
        troubled_files_.insert(file.name());
    }
    if (auto news = file.take_news()) {
        if (news->trouble) {
            tell(protocol::TroubleBegan{file.name(), std::move(news->text)});
        } else {
            tell(protocol::TroubleHealed{file.name(), std::move(news->text)});
        }
    }
}

void Logger::retry_files() {
    for (auto at = troubled_files_.begin(); at != troubled_files_.end();) {
        SharedFile& shared = files_.at(*at);
        if (shared.file->retry_at() <= now_) {
            (void)shared.file->check(now_);
            tell_news(*shared.file);
            for (Stream* stream : shared.streams) {
                enqueue(*stream);
            }
        }
        if (shared.file->retry_at() != core::no_deadline) {
            ++at;
            continue;
        }
        if (shared.streams.empty()) {
            files_.erase(*at);
        }
        at = troubled_files_.erase(at);
    }
}

void Logger::flush_output() {
    const bool waits = !output_.flush();
    if (auto trouble = output_.take_trouble()) {
        tell(protocol::TroubleBegan{
            {}, trouble->text() + "; what jobs write to it is dropped until it takes it again"});
    }
    if (waits != output_waits_) {
        output_waits_ = waits;
        (void)watch(epoll_.get(), output_.descriptor(), EPOLLOUT, output_mark,
                    waits ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
    }
    if (!waits) {
        for (const std::uint64_t generation : std::exchange(held_up_by_output_, {})) {
            if (const auto found = streams_.find(generation); found != streams_.end()) {
                enqueue(*found->second);
            }
        }
    }
}

}  // namespace respawnd::logger
