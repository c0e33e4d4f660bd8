#include "daemon/logger_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "core/exit_status.h"
#include "platform/logger_socket.h"
#include "platform/runtime_directory.h"

namespace respawnd::daemon {
namespace {

namespace protocol = platform::logger_protocol;
using core::Result;

/// A logger that lived this long and then ended is started again at once, otherwise after this.
constexpr core::Duration restart_pause = std::chrono::seconds(1);
/// What jobs wrote last should reach their files, and the end of the daemon should not wait for a
/// disk that hangs.
constexpr core::Duration finishes_within = std::chrono::seconds(5);

/// Whoever owns the log folder if that is not root: the logger needs no more rights than that.
std::optional<platform::Identity> logger_identity(const std::string& log_directory) {
    struct stat folder{};
    if (geteuid() != 0 || stat(log_directory.c_str(), &folder) != 0 || folder.st_uid == 0) {
        return std::nullopt;
    }
    platform::Identity identity;
    identity.uid = folder.st_uid;
    identity.gid = folder.st_gid;
    return identity;
}

}  // namespace

Result<std::unique_ptr<LoggerLink>> LoggerLink::make(platform::EventLoop& loop, OwnLog& log,
                                                     OwnProcesses& own_processes, Places places) {
    std::unique_ptr<LoggerLink> link(new LoggerLink(loop, log, own_processes, std::move(places)));
    auto timer = loop.add_timer(platform::Priority::control, [raw = link.get()] {
        if (raw->finished_) {
            (void)raw->process_.signal(SIGKILL);
        } else {
            raw->start();
        }
    });
    if (!timer) {
        return std::unexpected(std::move(timer).error());
    }
    link->timer_ = std::move(*timer);
    link->start();
    return link;
}

void LoggerLink::start() {
    if (auto started = try_to_start(); !started) {
        start_later("respawn-logger could not be started: " + started.error().text());
    }
}

void LoggerLink::start_later(const std::string& what_happened) {
    // One that cannot be started fails in the same way every second.
    if (what_happened != last_trouble_) {
        log_.error(
            what_happened +
            "; starting it again in 1 s, until then the output of jobs waits in their pipes");
        last_trouble_ = what_happened;
    }
    socket_.reset();
    timer_.set_deadline(core::after(loop_.now(), restart_pause));
}

Result<void> LoggerLink::try_to_start() {
    auto sockets = platform::make_logger_sockets();
    if (!sockets) {
        return std::unexpected(std::move(sockets).error());
    }
    platform::ChildRequest request;
    request.command = {places_.program, "--log-dir", places_.log_directory};
    request.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
    request.identity = logger_identity(places_.log_directory);
    request.input = sockets->second.get();
    request.output = STDOUT_FILENO;
    request.error = STDERR_FILENO;
    if (geteuid() == 0) {
        request.capabilities.emplace();
    }
    auto started = platform::start_child(platform::ChildPlan::make(std::move(request)));
    if (!started) {
        return std::unexpected(std::move(started).error());
    }
    socket_ = std::move(sockets->first);
    process_ = std::move(started->process);
    starting_ = std::move(*started);
    own_processes_.watched.insert(process_.pid());
    started_at_ = loop_.now();

    auto readable =
        loop_.add_readable(socket_.get(), platform::Priority::control, [this] { receive(); });
    auto end =
        loop_.add_readable(process_.pidfd(), platform::Priority::control, [this] { ended(); });
    if (!readable || !end) {
        return core::failure("wait for respawn-logger: " +
                             (readable ? end.error() : readable.error()).text());
    }
    readable_ = std::move(*readable);
    end_ = std::move(*end);
    resume_streams();
    return {};
}

/// A new logger opens by name what an earlier one had; what waits in the FIFOs is not lost.
void LoggerLink::resume_streams() {
    queue_.clear();
    for (auto& [generation, stream] : streams_) {
        auto read_end = platform::open_output_fifo(places_.output_folder.get(), generation);
        if (!read_end) {
            log_.warning(stream.opened.instance +
                         ": its output cannot be taken up again: " + read_end.error().text());
            continue;
        }
        stream.opened.resumed = true;
        send(stream.opened, std::move(*read_end));
        if (stream.has_ended) {
            send(protocol::RunEnded{generation});
        }
    }
}

Result<platform::OutputFifo> LoggerLink::make_fifo(core::Generation generation,
                                                   std::optional<platform::FifoOwner> owner) {
    auto fifo = platform::make_output_fifo(places_.output_folder.get(), generation, owner);
    if (fifo || fifo.error().number != ENOENT) {
        return fifo;
    }
    // Somebody has cleaned up the run-time directory; what runs has its FIFOs open.
    auto folder = platform::make_runtime_directory(places_.runtime_directory);
    if (!folder) {
        return std::unexpected(std::move(folder).error());
    }
    log_.warning("the folder " + places_.runtime_directory +
                 "/output had been removed; it is made again");
    places_.output_folder = std::move(*folder);
    return platform::make_output_fifo(places_.output_folder.get(), generation, owner);
}

Result<platform::UniqueFd> LoggerLink::open_stream(protocol::StreamOpened stream,
                                                   std::optional<platform::FifoOwner> owner) {
    const core::Generation generation = stream.generation;
    auto fifo = make_fifo(generation, owner);
    if (!fifo) {
        return std::unexpected(std::move(fifo).error());
    }
    const Stream& kept = streams_[generation] = Stream{std::move(stream)};
    send(kept.opened, std::move(fifo->read_end));
    return std::move(fifo->job_end);
}

Result<platform::UniqueFd> LoggerLink::job_end(core::Generation generation) const {
    const std::string name = platform::output_fifo_name(generation);
    platform::UniqueFd end(openat(places_.output_folder.get(), name.c_str(),
                                  O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY));
    if (!end) {
        return core::system_error("open the output of the job");
    }
    return end;
}

void LoggerLink::run_ended(core::Generation generation) {
    const auto found = streams_.find(generation);
    if (found != streams_.end() && !found->second.has_ended) {
        found->second.has_ended = true;
        send(protocol::RunEnded{generation});
    }
}

void LoggerLink::send(const protocol::ToLogger& message, platform::UniqueFd attached) {
    if (!socket_) {
        return;  // resume_streams() tells the next logger
    }
    queue_.push_back({protocol::encode(message), std::move(attached)});
    send_queued();
}

void LoggerLink::send_queued() {
    while (!queue_.empty()) {
        const Outgoing& first = queue_.front();
        const auto sent = platform::send_datagram(socket_.get(), first.bytes, first.attached.get());
        if (!sent) {
            return;  // the logger has gone; its end is about to be seen
        }
        if (!*sent) {
            break;
        }
        queue_.pop_front();
    }
    if (queue_.empty()) {
        writable_.reset();
    } else if (!writable_) {
        if (auto writable = loop_.add_writable(socket_.get(), platform::Priority::control,
                                               [this] { send_queued(); })) {
            writable_ = std::move(*writable);
        }
    }
}

void LoggerLink::receive() {
    constexpr int most_in_a_turn = 64;
    for (int i = 0; i < most_in_a_turn; ++i) {
        auto datagram = platform::receive_datagram(socket_.get());
        if (!datagram || (*datagram && (*datagram)->bytes.empty())) {
            readable_.reset();  // the end of the process tells the rest
            return;
        }
        if (!*datagram) {
            return;
        }
        if (auto message = protocol::decode_from_logger((*datagram)->bytes)) {
            take(*message);
        } else {
            log_.error("respawn-logger said something that is no message: " +
                       message.error().text());
        }
    }
}

void LoggerLink::take(const protocol::FromLogger& message) {
    if (const auto* began = std::get_if<protocol::TroubleBegan>(&message)) {
        log_.error(began->text);
    } else if (const auto* healed = std::get_if<protocol::TroubleHealed>(&message)) {
        log_.info(healed->text);
    } else if (const auto* drained = std::get_if<protocol::StreamDrained>(&message)) {
        if (streams_.erase(drained->generation) != 0) {
            (void)platform::remove_output_fifo(places_.output_folder.get(), drained->generation);
        }
    }
}

void LoggerLink::ended() {
    const auto status = process_.reap();
    if (!status) {
        return;
    }
    own_processes_.watched.erase(process_.pid());
    // What it said last is still in the socket.
    if (readable_) {
        receive();
    }
    std::string how = core::words(*status);
    bool could_start = true;
    if (starting_) {
        if (const auto outcome = starting_->read_outcome()) {
            if (const auto* failed = std::get_if<platform::FailedStart>(&*outcome)) {
                how = "could not be started: " + platform::describe(*failed);
                could_start = false;
            }
        }
    }
    starting_.reset();
    readable_.reset();
    writable_.reset();
    end_.reset();
    if (finished_) {
        timer_.set_deadline(core::no_deadline);
        finished_();
        return;
    }
    if (could_start) {
        last_trouble_.clear();
    }
    if (loop_.now() - started_at_ >= restart_pause) {
        log_.error("respawn-logger " + how + "; starting it again");
        start();
    } else {
        start_later("respawn-logger " + how);
    }
}

void LoggerLink::finish(std::function<void()> finished) {
    if (!process_ || !end_) {
        finished();
        return;
    }
    finished_ = std::move(finished);
    send(protocol::FinishWanted{});
    timer_.set_deadline(core::after(loop_.now(), finishes_within));
}

}  // namespace respawnd::daemon
