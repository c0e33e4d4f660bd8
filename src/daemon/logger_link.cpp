#include "daemon/logger_link.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/exit_status.h"
#include "platform/logger_socket.h"

namespace respawnd::daemon {
namespace {

namespace protocol = platform::logger_protocol;
using core::Result;

/// A logger that lived this long and then ended is started again at once, otherwise after this.
constexpr core::Duration restart_pause = std::chrono::seconds(1);
/// What jobs wrote last should reach their files, and the end of the daemon should not wait for a
/// disk that hangs.
constexpr core::Duration finishes_within = std::chrono::seconds(5);
/// For a process that was killed to be gone, unless a disk holds it in the kernel.
constexpr core::Duration kill_takes = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<LoggerLink>> LoggerLink::make(platform::EventLoop& loop, OwnLog& log,
                                                     OwnProcesses& own_processes, Places places) {
    std::unique_ptr<LoggerLink> link(new LoggerLink(loop, log, own_processes, std::move(places)));
    auto timer = loop.add_timer(platform::Priority::control,
                                [raw = link.get()] { raw->deadline_reached(); });
    if (!timer) {
        return std::unexpected(std::move(timer).error());
    }
    link->timer_ = std::move(*timer);
    link->start();
    return link;
}

void LoggerLink::start() {
    if (auto started = try_to_start(); !started) {
        start_later("respawn-logger" + places_.whose +
                    " could not be started: " + started.error().text());
    }
}

void LoggerLink::deadline_reached() {
    if (!finished_) {
        start();
    } else if (!is_killed_) {
        is_killed_ = true;
        (void)process_.signal(SIGKILL);
        timer_.set_deadline(core::after(loop_.now(), kill_takes));
    } else {
        log_.error("respawn-logger" + places_.whose + ", process " +
                   std::to_string(process_.pid()) +
                   ", survives SIGKILL: the disk of a log hangs; ending without it");
        own_processes_.dismiss(process_.pid());
        end_.reset();
        finished_();
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
    request.identity = places_.identity;
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

/// A new logger opens by name what an earlier one had; what waits in FIFOs and spools is not lost.
void LoggerLink::resume_streams() {
    queue_.clear();
    if (max_total_ != protocol::no_limit) {
        send(protocol::TotalLimit{max_total_});
    }
    for (auto& [name, stream] : streams_) {
        auto read_end = platform::open_output_fifo(places_.output_folder, name);
        core::Result<platform::UniqueFd> spool;
        if (read_end && stream.opened.output.target != protocol::Target::inherit) {
            spool = platform::open_output_spool(places_.output_folder, name);
        }
        if (!read_end || !spool) {
            log_.warning(stream.opened.instance + ": its output cannot be taken up again: " +
                         (read_end ? spool : read_end).error().text());
            continue;
        }
        stream.opened.resumed = true;
        send(stream.opened, std::move(*read_end), std::move(*spool));
        if (stream.has_ended) {
            send(protocol::RunEnded{name.generation, ""});
        }
    }
    send(protocol::ResumeEnded{});
}

void LoggerLink::open(protocol::StreamOpened stream, platform::UniqueFd read_end,
                      platform::UniqueFd spool) {
    Stream& kept = streams_[stream.name];
    kept = Stream{std::move(stream)};
    send(kept.opened, std::move(read_end), std::move(spool));
}

const protocol::StreamOpened* LoggerLink::find(platform::OutputName name) const {
    const auto found = streams_.find(name);
    return found == streams_.end() ? nullptr : &found->second.opened;
}

void LoggerLink::change(platform::OutputName name, protocol::Output output) {
    const auto found = streams_.find(name);
    if (found == streams_.end() || found->second.opened.output == output) {
        return;
    }
    found->second.opened.output = output;
    send(protocol::OutputChanged{name, std::move(output)});
}

void LoggerLink::run_ended(core::Generation generation, const std::string& event) {
    bool is_new = false;
    for (const auto channel : {platform::Channel::output, platform::Channel::error}) {
        const auto found = streams_.find({generation, channel});
        if (found != streams_.end()) {
            is_new = is_new || !std::exchange(found->second.has_ended, true);
        }
    }
    if (is_new) {
        send(protocol::RunEnded{generation, event});
    }
}

void LoggerLink::limit_total(std::uint64_t bytes) {
    if (bytes != std::exchange(max_total_, bytes)) {
        send(protocol::TotalLimit{bytes});
    }
}

/// A process gets its groups when it starts, and a logger can be killed at any time.
void LoggerLink::need_group(gid_t group) {
    if (!places_.identity ||
        std::ranges::find(places_.identity->groups, group) != places_.identity->groups.end()) {
        return;
    }
    places_.identity->groups.push_back(group);
    if (process_ && end_) {
        takes_groups_ = true;
        (void)process_.signal(SIGKILL);
    }
}

void LoggerLink::send(const protocol::ToLogger& message, platform::UniqueFd attached,
                      platform::UniqueFd second) {
    if (!socket_) {
        return;  // resume_streams() tells the next logger
    }
    queue_.push_back({protocol::encode(message), std::move(attached), std::move(second)});
    send_queued();
}

void LoggerLink::send_queued() {
    while (!queue_.empty()) {
        const Outgoing& first = queue_.front();
        const auto sent = platform::send_datagram(socket_.get(), first.bytes, first.attached.get(),
                                                  first.second.get());
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
        if (streams_.erase(drained->name) != 0) {
            (void)platform::remove_output(places_.output_folder, drained->name);
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
    if (std::exchange(takes_groups_, false)) {
        start();
        return;
    }
    if (could_start) {
        last_trouble_.clear();
    }
    if (loop_.now() - started_at_ >= restart_pause) {
        log_.error("respawn-logger" + places_.whose + " " + how + "; starting it again");
        start();
    } else {
        start_later("respawn-logger" + places_.whose + " " + how);
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
