#include "logger/logger.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>
#include <utility>
#include <variant>

#include "logger/journal.h"
#include "logger/log_file.h"
#include "platform/monotonic_clock.h"

namespace respawnd::logger {

namespace {

namespace protocol = platform::logger_protocol;
using platform::Datagram;
using platform::UniqueFd;

/// Marks in the epoll set; those of streams lie between them.
constexpr std::uint64_t control_mark = 0;
constexpr std::uint64_t output_mark = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t news_mark = output_mark - 1;

constexpr int messages_a_turn = 256;
/// The daemon reads at once or is gone; a queue longer than this says nothing useful any more.
constexpr std::size_t max_outbound = 16384;
/// How long to go on without a daemon.
constexpr core::Duration orphan_time = std::chrono::seconds(2);
/// How long to wait for disks at the end; less than the daemon waits, so that what is lost is told.
constexpr core::Duration finish_time = std::chrono::seconds(4);
constexpr core::Duration retry_while_waiting = std::chrono::milliseconds(200);
constexpr core::Duration retry_while_dropping = std::chrono::seconds(1);
/// While bytes are dropped: a FIFO that is full gives no event.
constexpr core::Duration drop_every = std::chrono::milliseconds(10);
/// A disk at its brim fails and takes a little in turn; that is one trouble for the operator.
constexpr core::Duration tell_at_most_every = std::chrono::minutes(1);
/// What many small turns are gathered for, and up to how much.
constexpr core::Duration gathers_for = std::chrono::milliseconds(10);
constexpr std::size_t little = 4096;
/// What one stream may move to standard output before the next one has its turn.
constexpr std::size_t fair_share = 256 * 1024;
/// A pipe that is written to at full speed is worth fewer and larger turns.
constexpr int large_pipe = 256 * 1024;

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

std::string without_slashes_at_the_end(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

/// An absolute path into its folder and the name there.
std::pair<std::string, std::string> split(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return {path.substr(0, std::max<std::size_t>(slash, 1)), path.substr(slash + 1)};
}

}  // namespace

void Logger::News::post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
    if (tasks.size() == 1) {
        constexpr std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t woken = ::write(descriptor.get(), &one, sizeof one);
    }
}

core::Result<std::unique_ptr<Logger>> Logger::make(UniqueFd control, std::string log_folder,
                                                   int output) {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    UniqueFd news(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll || !news ||
        !watch(epoll.get(), control.get(), EPOLLIN, control_mark, EPOLL_CTL_ADD) ||
        !watch(epoll.get(), news.get(), EPOLLIN, news_mark, EPOLL_CTL_ADD)) {
        return core::system_error("watch the control socket");
    }
    auto view = FifoView::make();
    if (!view) {
        return std::unexpected(view.error());
    }
    return std::unique_ptr<Logger>(new Logger(std::move(control), std::move(epoll), std::move(news),
                                              std::move(*view), std::move(log_folder), output));
}

Logger::Logger(UniqueFd control, UniqueFd epoll, UniqueFd news, FifoView view,
               std::string log_folder, int output)
    : control_(std::move(control)),
      epoll_(std::move(epoll)),
      view_(std::move(view)),
      log_folder_(without_slashes_at_the_end(std::move(log_folder))),
      output_(output),
      news_(std::make_shared<News>()) {
    news_->descriptor = std::move(news);
}

void Logger::run() {
    while (!is_done()) {
        wait();
        take_news();
        watch_disks();
        serve_queue();
        flush_output();
        send_messages();
    }
    for (const auto& [path, destination] : destinations_) {
        std::size_t unwritten = 0;
        for (const Stream* stream : destination.streams) {
            unwritten += stream->dropped + bytes_waiting(stream->fifo.get());
            unwritten += stream->is_given ? 0 : stream->spool.size() + stream->order.dropped;
        }
        if (unwritten != 0 || std::ranges::any_of(destination.streams, &Stream::is_given)) {
            tell(protocol::TroubleBegan{destination.subject,
                                        destination.path + " lacks output at its end, " +
                                            std::to_string(unwritten) +
                                            " bytes or more: its disk did not take it"});
        }
    }
    send_messages();
}

bool Logger::is_done() const {
    if (!is_finishing_) {
        return false;
    }
    const bool all_written = std::ranges::all_of(streams_, [&](const auto& entry) {
        const Stream& stream = *entry.second;
        const auto* trouble = stream.destination != nullptr && stream.destination->trouble
                                  ? &*stream.destination->trouble
                                  : nullptr;
        const bool is_hopeless = trouble != nullptr && now_ - trouble->since >= patience;
        return !stream.is_given && (stream.phase == Stream::Phase::left_over || is_hopeless);
    });
    return now_ >= give_up_at_ || (all_written && !output_waits_ && outbound_.empty());
}

int Logger::wait_milliseconds() const {
    if (!queue_.empty()) {
        return 0;
    }
    const core::Instant until = std::min(give_up_at_, look_at_disks_at_);
    if (until == core::no_deadline) {
        return -1;
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now_).count();
    return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

/// Many jobs that write a line now and then would cost a turn of the loop and of a lane each: where
/// a turn has moved little and the next one comes soon, what comes meanwhile is gathered. One line
/// alone waits for nothing.
void Logger::gather() {
    const bool moved_little = moved_ != 0 && moved_ < little;
    const bool is_busy = now_ - last_turn_ < 2 * gathers_for;
    moved_ = 0;
    last_turn_ = now_;
    if (moved_little && is_busy && queue_.empty() && !is_finishing_) {
        timespec nap{};
        nap.tv_nsec = std::chrono::nanoseconds(gathers_for).count();
        (void)::nanosleep(&nap, nullptr);
    }
}

void Logger::wait() {
    gather();
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   wait_milliseconds());
    now_ = platform::monotonic_now();
    for (int index = 0; index < count; ++index) {
        const epoll_event& event = events[static_cast<std::size_t>(index)];
        if (event.data.u64 == control_mark) {
            receive_messages();
        } else if (event.data.u64 != output_mark && event.data.u64 != news_mark) {
            // A stream that an earlier message of this turn removed is not found.
            if (const auto found = streams_.find(event.data.u64); found != streams_.end()) {
                found->second->hung_up = (event.events & EPOLLHUP) != 0;
                enqueue(*found->second);
            }
        }
    }
}

// ---- messages of the daemon ------------------------------------------------------------------

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

Stream* Logger::find(platform::OutputName name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

void Logger::on_message(protocol::StreamOpened message, Datagram datagram) {
    if (find(message.name) != nullptr) {
        return;
    }
    const auto refuse = [&](const std::string& why) {
        tell(protocol::TroubleBegan{message.output.file,
                                    "the output of " + message.instance + " " + why});
    };
    if (!datagram.whole || !is_usable_fifo(datagram.attached.get())) {
        return refuse("did not reach the logger: no FIFO came (too many open files?)");
    }
    auto owned = std::make_unique<Stream>();
    Stream& stream = *owned;
    stream.mark = ++last_mark_;
    stream.name = message.name;
    stream.fifo = std::move(datagram.attached);
    if (message.output.target != protocol::Target::inherit) {
        auto spool = Spool::open(std::move(datagram.second));
        if (!spool) {
            return refuse("did not reach the logger: " + spool.error().text());
        }
        stream.spool = std::move(*spool);
        stream.dropped = stream.spool.dropped_before();
        stream.drop_reason = "before the logger was started again";
    }
    // Edge-triggered: a closed FIFO and one whose half line stays in it cause no further wake-up.
    if (!watch(epoll_.get(), stream.fifo.get(), EPOLLIN | EPOLLET, stream.mark, EPOLL_CTL_ADD)) {
        return refuse("cannot be watched");
    }
    is_resuming_ = is_resuming_ || message.resumed;
    stream.has_siblings = message.instance != message.job;
    stream.line = message.instance + (message.name.channel == platform::Channel::error ? "!" : "");
    stream.order.writer = stream.mark;
    stream.order.job = std::move(message.job);
    stream.order.instance = std::move(message.instance);
    stream.order.channel = message.name.channel;
    stream.order.is_resumed = message.resumed;
    if (!message.resumed) {
        stream.order.before = std::move(message.event);
    }
    connect(stream, std::move(message.output));
    by_name_.emplace(stream.name, &stream);
    streams_.emplace(stream.mark, std::move(owned));
    join_line(stream);
    enqueue(stream);
}

void Logger::on_message(const protocol::ResumeEnded& /*message*/, Datagram /*datagram*/) {
    is_resuming_ = false;
    // What is in the spools goes before everything else: where it belongs is known only as long as
    // nobody has written behind it.
    for (auto& [mark, stream] : streams_) {
        if (stream->destination != nullptr && stream->spool.record().inode != 0) {
            give(*stream);
        }
    }
    for (auto& [mark, stream] : streams_) {
        enqueue(*stream);
    }
}

void Logger::on_message(protocol::OutputChanged message, Datagram /*datagram*/) {
    Stream* stream = find(message.name);
    // A stream without a spool cannot be given one, nor one with a spool be without.
    const bool had_spool = stream != nullptr && stream->destination != nullptr;
    if (stream == nullptr || had_spool != (message.output.target != protocol::Target::inherit)) {
        return;
    }
    stream->wanted_output = std::move(message.output);
    enqueue(*stream);
}

void Logger::on_message(const protocol::RunEnded& message, Datagram /*datagram*/) {
    for (const auto channel : {platform::Channel::output, platform::Channel::error}) {
        if (Stream* stream = find({message.generation, channel})) {
            if (channel == platform::Channel::output) {
                stream->after = message.event;
            }
            end_run(*stream);
        }
    }
}

void Logger::on_message(const protocol::StreamForgotten& message, Datagram /*datagram*/) {
    if (Stream* stream = find(message.name)) {
        stream->forgotten = true;
        end_run(*stream);
        enqueue(*stream);
    }
}

void Logger::on_message(const protocol::RotateWanted& message, Datagram /*datagram*/) {
    for (auto& [key, destination] : destinations_) {
        const auto file = std::dynamic_pointer_cast<LogFile>(destination.sink);
        const bool is_meant = message.file.empty() || key == path_of(message.file);
        if (file == nullptr || !is_meant) {
            continue;
        }
        destination.disk->lane.post([file, news = news_, this, subject = destination.subject] {
            if (auto done = file->rotate_now(); !done) {
                news->post([this, subject, text = done.error().text()] {
                    tell(protocol::TroubleBegan{subject, text});
                });
            }
        });
    }
}

void Logger::on_message(const protocol::TotalLimit& message, Datagram /*datagram*/) {
    max_total_ = message.bytes;
    const auto disk = disk_of(log_folder_);
    disk->max_total = max_total_;
    if (max_total_ != protocol::no_limit) {
        disk->lane.post([disk, limit = max_total_] { (void)limit_folder(disk->folder, limit); });
    }
}

void Logger::on_message(const protocol::FinishWanted& /*message*/, Datagram /*datagram*/) {
    give_up_at_ = std::min(give_up_at_, now_ + finish_time);
    finish();
}

void Logger::finish() {
    is_finishing_ = true;
    is_resuming_ = false;
    for (auto& [path, destination] : destinations_) {
        if (destination.trouble) {  // which gets a last chance
            destination.trouble->since = now_;
            destination.trouble->retry_at = now_;
            look_at_disks_at_ = now_;
        }
    }
    for (auto& [mark, stream] : streams_) {
        end_run(*stream);
        enqueue(*stream);
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

// ---- where streams go --------------------------------------------------------------------------

std::string Logger::path_of(const std::string& file) const {
    return file.starts_with('/') ? file : log_folder_ + "/" + file;
}

std::shared_ptr<Disk> Logger::disk_of(const std::string& folder) {
    auto& disk = disks_[folder];
    if (disk == nullptr) {
        disk = std::make_shared<Disk>(folder);
        if (folder == log_folder_) {
            disk->max_total = max_total_;
        }
    }
    return disk;
}

/// Under which its destination and its file are kept: the path, or nothing for the journal.
std::string Logger::key_of(const protocol::Output& output) const {
    return output.target == protocol::Target::journal ? "" : path_of(output.file);
}

Destination& Logger::destination_for(const protocol::Output& output) {
    const bool is_journal = output.target == protocol::Target::journal;
    const std::string path = key_of(output);
    Destination& destination = destinations_[path];
    if (destination.sink != nullptr) {
        return destination;
    }
    destination.subject = output.file;
    destination.path = is_journal ? "the journal" : "log file \"" + path + "\"";
    if (is_journal) {
        destination.disk = disk_of("");
        destination.sink = std::make_shared<Journal>(destination.disk->lane);
    } else {
        const auto [folder, name] = split(path);
        auto file = files_[path].lock();
        destination.disk = disk_of(folder);
        if (file == nullptr) {
            file = std::make_shared<LogFile>(destination.disk, name);
            files_[path] = file;
        }
        destination.sink = std::move(file);
    }
    return destination;
}

void Logger::connect(Stream& stream, protocol::Output output) {
    if (output.target == protocol::Target::inherit) {
        stream.order.rules = std::make_shared<protocol::Output>(std::move(output));
        return;
    }
    Destination& destination = destination_for(output);
    stream.destination = &destination;
    stream.is_due = destination.streams.empty() || stream.spool.size() != 0;
    // Streams of one file say the same of it, so that they can share what they say.
    const auto same = std::ranges::find_if(
        destination.streams, [&](const Stream* other) { return *other->order.rules == output; });
    stream.order.rules = same != destination.streams.end()
                             ? (*same)->order.rules
                             : std::make_shared<protocol::Output>(std::move(output));
    destination.streams.insert(&stream);
    share_lines(destination);
}

/// As long as several streams write to a file, each writes whole lines only.
void Logger::share_lines(const Destination& destination) {
    for (Stream* stream : destination.streams) {
        stream->keeps_lines = stream->has_siblings || destination.streams.size() > 1;
    }
}

void Logger::disconnect(Stream& stream) {
    if (stream.destination == nullptr) {
        return;
    }
    Destination& destination = *stream.destination;
    stream.destination = nullptr;
    destination.streams.erase(&stream);
    share_lines(destination);
    if (!destination.streams.empty()) {
        return;
    }
    if (destination.trouble) {
        healed(destination);
    }
    const std::shared_ptr<Disk> disk = destination.disk;
    const std::string key = key_of(*stream.order.rules);
    destinations_.erase(key);
    if (const auto file = files_.find(key); file != files_.end() && file->second.expired()) {
        files_.erase(file);
    }
    // Only the map and this function know it.
    constexpr long known_here = 2;
    if (disk->path != log_folder_ && disk.use_count() <= known_here) {
        disks_.erase(disk->path);
    }
}

// ---- the order of runs -------------------------------------------------------------------------

/// Output of a run follows that of the runs before it. A run that begins means that the one before
/// it has ended, whether the daemon said so or not.
void Logger::join_line(Stream& stream) {
    auto& line = lines_of_runs_[stream.line];
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
    stream.phase = Stream::Phase::left_over;
    const auto found = lines_of_runs_.find(stream.line);
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

void Logger::remove(Stream& stream) {
    disconnect(stream);
    by_name_.erase(stream.name);
    streams_.erase(stream.mark);
}

// ---- the bytes ---------------------------------------------------------------------------------

void Logger::enqueue(Stream& stream) {
    if (!stream.is_queued && stream.phase != Stream::Phase::waiting) {
        stream.is_queued = true;
        queue_.push_back(stream.mark);
    }
}

void Logger::serve_queue() {
    if (is_resuming_) {
        return;
    }
    for (std::size_t count = queue_.size(); count > 0; --count) {
        const std::uint64_t mark = queue_.front();
        queue_.pop_front();
        if (const auto found = streams_.find(mark); found != streams_.end()) {
            found->second->is_queued = false;
            serve(*found->second);
        }
    }
}

void Logger::serve(Stream& stream) {
    if (stream.destination == nullptr) {
        serve_standard_output(stream);
    } else if (!stream.is_given && !stream.destination->trouble) {
        fill_and_give(stream);
    }
    // Else it is served when the lane answers, or when the disk is tried again.
}

void Logger::serve_standard_output(Stream& stream) {
    FifoState state = FifoState::has_bytes;
    bool held_up = false;
    std::size_t taken = 0;
    while (taken < fair_share && state == FifoState::has_bytes && !held_up) {
        if (stream.phase == Stream::Phase::ending && stream.left == 0) {
            run_is_written(stream);
        }
        if (stream.phase == Stream::Phase::left_over && stream.forgotten) {
            remove(stream);
            return;
        }
        const Advance step = to_standard_output(stream, output_, view_);
        state = step.state;
        held_up = step.held_up;
        taken += step.taken;
        stream.left -= std::min(stream.left, step.taken);
    }
    if (held_up) {
        held_up_by_output_.push_back(stream.mark);  // flush_output brings it back
    } else if (state == FifoState::has_bytes) {
        enqueue(stream);
    } else {
        if (stream.phase == Stream::Phase::ending) {
            run_is_written(stream);
        }
        if (state == FifoState::closed && stream.phase == Stream::Phase::left_over) {
            tell(protocol::StreamDrained{stream.name});
            remove(stream);
        }
    }
}

/// Takes what there is out of the FIFO; false when there is more.
bool Logger::fill(Stream& stream) {
    Spool& spool = stream.spool;
    std::size_t taken = 0;
    while (!spool.is_full()) {
        std::size_t most = Spool::capacity - spool.size();
        if (stream.phase == Stream::Phase::ending) {
            most = std::min(most, stream.left);
            if (most == 0) {
                return true;
            }
        }
        const auto step = spool.take(stream.fifo.get(), most);
        if (!step) {
            refused(*stream.destination, step.error(), "");
            return false;
        }
        if (step->moved == 0) {
            stream.hung_up = step->state == FifoState::closed;
            stream.left = 0;
            return true;
        }
        taken += step->moved;
        moved_ += step->moved;
        stream.left -= std::min(stream.left, step->moved);
        if (step->moved < most) {
            stream.left = 0;
            return true;  // all that was there; what comes later is told by an event
        }
    }
    if (taken >= Spool::capacity / 2 && !stream.has_large_pipe) {
        stream.has_large_pipe = true;
        (void)::fcntl(stream.fifo.get(), F_SETPIPE_SZ, large_pipe);
    }
    return false;
}

void Logger::fill_and_give(Stream& stream) {
    if (stream.wanted_output && stream.spool.size() == 0) {
        disconnect(stream);
        connect(stream, *std::exchange(stream.wanted_output, std::nullopt));
    }
    if (stream.dropped != 0 || stream.order.dropped != 0) {
        // Behind what is in the spool, and in front of what is in the FIFO by now.
        stream.order.is_last = false;
        stream.ends_run = false;
        give(stream);
        return;
    }
    const std::size_t before = stream.spool.size();
    const bool is_empty = fill(stream);
    if (stream.destination->trouble) {
        return;
    }
    Order& order = stream.order;
    order.is_last = stream.phase == Stream::Phase::ending && is_empty && stream.left == 0;
    // Of those that a run has left behind, or when nobody is there to end it, a half line is all
    // that will come.
    const bool is_over = order.is_last || (is_empty && stream.hung_up);
    if (order.is_last) {
        order.after = std::exchange(stream.after, {});
    }
    const bool has_new = stream.spool.size() > before || (is_over && stream.spool.size() > 0);
    if (has_new || order.is_last || !order.before.empty() || std::exchange(stream.is_due, false)) {
        stream.ends_run = order.is_last;
        order.is_last = is_over;
        give(stream);
        return;
    }
    if (stream.phase == Stream::Phase::left_over && (stream.hung_up || stream.forgotten)) {
        if (!stream.forgotten) {
            tell(protocol::StreamDrained{stream.name});
        }
        remove(stream);
    }
}

void Logger::give(Stream& stream) {
    Order& order = stream.order;
    order.spool = &stream.spool;
    if (stream.dropped != 0) {
        order.dropped += std::exchange(stream.dropped, 0);
        order.drop_reason = stream.drop_reason;
    }
    order.keeps_lines = stream.keeps_lines || stream.phase == Stream::Phase::left_over;
    stream.is_given = true;
    ++given_;
    look_at_disks_at_ = std::min(look_at_disks_at_, core::after(now_, patience));
    // The stream stays where it is until the answer has come.
    stream.destination->disk->lane.post(
        [this, news = news_, sink = stream.destination->sink, mark = stream.mark, &order] {
            auto done = sink->carry_out(order);
            news->post([this, mark, done = std::move(done), warning = sink->take_warning()] {
                carried_out(mark, done, warning);
            });
        });
}

void Logger::take_news() {
    std::uint64_t count = 0;
    if (::read(news_->descriptor.get(), &count, sizeof count) < 0) {
        return;
    }
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(news_->mutex);
        tasks.swap(news_->tasks);
    }
    for (const auto& task : tasks) {
        task();
    }
}

void Logger::carried_out(std::uint64_t mark, core::Result<void> done,
                         const std::optional<std::string>& warning) {
    Stream& stream = *streams_.at(mark);
    Destination& destination = *stream.destination;
    stream.is_given = false;
    --given_;
    if (warning) {
        tell(protocol::TroubleBegan{destination.subject, *warning});
    }
    if (!done) {
        refused(destination, done.error(), stream.order.remedy);
        return;
    }
    if (destination.trouble) {
        healed(destination);
    }
    stream.order.is_last = false;
    if (std::exchange(stream.ends_run, false)) {
        run_is_written(stream);
    }
    enqueue(stream);
}

// ---- disks in trouble --------------------------------------------------------------------------

void Logger::refused(Destination& destination, const core::Error& error,
                     const std::string& remedy) {
    const bool is_new = !destination.trouble;
    begin_trouble(destination, error.number == 0 ? "the file could not be opened"
                                                 : std::generic_category().message(error.number));
    if (is_new && (destination.told_at == core::Instant{} ||
                   now_ - destination.told_at >= tell_at_most_every)) {
        destination.told_at = now_;
        destination.trouble->is_told = true;
        tell(protocol::TroubleBegan{destination.subject, error.text() + remedy});
    }
}

void Logger::begin_trouble(Destination& destination, std::string reason) {
    if (!destination.trouble) {
        destination.trouble = Destination::Trouble{.since = now_};
    }
    destination.trouble->reason = std::move(reason);
    destination.trouble->retry_at =
        now_ +
        (now_ - destination.trouble->since < patience ? retry_while_waiting : retry_while_dropping);
    look_at_disks_at_ = std::min(look_at_disks_at_, now_ + drop_every);
}

void Logger::healed(Destination& destination) {
    if (destination.trouble->is_told) {
        tell(protocol::TroubleHealed{destination.subject,
                                     destination.path + " is written again, " +
                                         std::to_string(destination.trouble->dropped) +
                                         " bytes were dropped"});
    }
    destination.trouble.reset();
    for (Stream* stream : destination.streams) {
        enqueue(*stream);
    }
}

/// Tries again what has refused, and sees which lane has not moved for too long.
void Logger::watch_disks() {
    if (now_ < look_at_disks_at_) {
        return;
    }
    look_at_disks_at_ = given_ == 0 ? core::no_deadline : core::after(now_, patience / 4);
    for (auto& [folder, disk] : disks_) {
        tell_of_hanging(disk);
    }
    for (auto& [path, destination] : destinations_) {
        const bool is_waited_for = std::ranges::any_of(destination.streams, &Stream::is_given);
        if (destination.disk->hang_is_told && is_waited_for && !destination.trouble) {
            begin_trouble(destination, "the disk did not take them");
            destination.trouble->since = now_ - patience;
        }
        if (!destination.trouble) {
            continue;
        }
        look_at_disks_at_ = std::min(look_at_disks_at_, now_ + drop_every);
        if (now_ - destination.trouble->since >= patience) {
            for (Stream* stream : destination.streams) {
                drop_what_does_not_fit(*stream);
            }
        }
        if (now_ >= destination.trouble->retry_at && !is_waited_for) {
            give_a_trial(destination);
        }
    }
}

/// Once for all files on it.
void Logger::tell_of_hanging(const std::shared_ptr<Disk>& disk) {
    const auto stands_since = disk->lane.stands_since();
    const bool hangs = stands_since && now_ - *stands_since >= patience;
    const std::string subject = disk->path.empty() ? "the journal" : "\"" + disk->path + "\"";
    if (hangs && !disk->hang_is_told) {
        disk->hang_is_told = true;
        disk->dropped = 0;
        tell(protocol::TroubleBegan{disk->path, "the disk of " + subject +
                                                    " has taken nothing for a second; output that "
                                                    "does not fit into memory is dropped and "
                                                    "counted until it does"});
    } else if (!hangs && disk->hang_is_told) {
        disk->hang_is_told = false;
        tell(protocol::TroubleHealed{disk->path,
                                     "the disk of " + subject + " takes output again, " +
                                         std::to_string(disk->dropped) + " bytes were dropped"});
    }
}

/// One stream is the trial for all: one that has something to write if there is any, else one for
/// which the file is opened.
void Logger::give_a_trial(Destination& destination) {
    const auto takes_part = [](const Stream* stream) {
        return stream->phase != Stream::Phase::waiting;
    };
    const auto has_something = [&](const Stream* stream) {
        return takes_part(stream) &&
               (stream->spool.size() != 0 || stream->dropped != 0 || stream->order.dropped != 0 ||
                !stream->order.before.empty() || !stream->order.after.empty());
    };
    auto found = std::ranges::find_if(destination.streams, has_something);
    if (found == destination.streams.end()) {
        found = std::ranges::find_if(destination.streams, takes_part);
    }
    if (found == destination.streams.end()) {
        healed(destination);
        return;
    }
    // It may be the run-time directory that refuses; then there is a later time to try it again.
    (void)fill(**found);
    if (destination.trouble->retry_at <= now_) {
        give(**found);
    }
}

void Logger::drop_what_does_not_fit(Stream& stream) {
    const int size_of_pipe = ::fcntl(stream.fifo.get(), F_GETPIPE_SZ);
    const auto capacity = static_cast<std::size_t>(std::max(size_of_pipe, 0));
    const std::size_t waiting = bytes_waiting(stream.fifo.get());
    // A pipe counts in pages, which writes of odd sizes leave half empty: full is also what is half
    // full and stands still.
    constexpr std::size_t atomic_write = 4096;  // PIPE_BUF: less room lets a writer wait
    const bool stands = waiting == std::exchange(stream.waiting_before, waiting);
    const bool is_full = waiting + atomic_write > capacity || (stands && waiting >= capacity / 2);
    if (!is_full) {
        return;
    }
    const std::size_t gone = view_.discard(stream.fifo.get(), waiting);
    stream.left -= std::min(stream.left, gone);
    stream.dropped += gone;
    stream.drop_reason = stream.destination->trouble->reason;
    stream.destination->trouble->dropped += gone;
    stream.destination->disk->dropped += gone;
    stream.spool.note_dropped(stream.dropped);
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
        for (const std::uint64_t mark : std::exchange(held_up_by_output_, {})) {
            if (const auto found = streams_.find(mark); found != streams_.end()) {
                enqueue(*found->second);
            }
        }
    }
}

}  // namespace respawnd::logger
