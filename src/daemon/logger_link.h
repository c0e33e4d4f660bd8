// Starts one respawn-logger, keeps it running, and tells it of starts and ends. The daemon itself
// never touches what a job writes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/own_log.h"
#include "daemon/own_processes.h"
#include "platform/child_process.h"
#include "platform/event_loop.h"
#include "platform/identity.h"
#include "platform/logger_protocol.h"
#include "platform/output_fifo.h"

namespace respawnd::daemon {

class LoggerLink {
  public:
    struct Places {
        std::string program;  ///< respawn-logger
        std::string log_directory;
        int output_folder = -1;  ///< where the FIFOs are; the owner of the link keeps it open
        /// Whom it runs as; none: the daemon's user. Root's own has no capabilities either way.
        std::optional<platform::Identity> identity;
        std::string whose;  ///< for messages: empty, or " of user www-data"
    };

    [[nodiscard]] static core::Result<std::unique_ptr<LoggerLink>> make(platform::EventLoop& loop,
                                                                        OwnLog& log,
                                                                        OwnProcesses& own_processes,
                                                                        Places places);

    /// Hands the read end of a FIFO to the logger, and the spool if there is one.
    void open(platform::logger_protocol::StreamOpened stream, platform::UniqueFd read_end,
              platform::UniqueFd spool);
    /// What a stream was opened with; none: there is no such stream.
    [[nodiscard]] const platform::logger_protocol::StreamOpened* find(
        platform::OutputName name) const;
    void change(platform::OutputName name, platform::logger_protocol::Output output);
    /// The main process of that start has ended.
    void run_ended(core::Generation generation, const std::string& event);
    void limit_total(std::uint64_t bytes);
    /// The logger has to be a member of this group: it gives files to it.
    void need_group(gid_t group);
    void use_folder(int output_folder) { places_.output_folder = output_folder; }

    /// Has the logger write what there is and end; `finished` is called when it is gone. One that
    /// does not end within a few seconds is killed, and left behind when a disk holds it.
    void finish(std::function<void()> finished);

  private:
    struct Stream {
        platform::logger_protocol::StreamOpened opened;
        bool has_ended = false;
    };
    struct Outgoing {
        std::string bytes;
        platform::UniqueFd attached;
        platform::UniqueFd second;
    };

    LoggerLink(platform::EventLoop& loop, OwnLog& log, OwnProcesses& own_processes, Places places)
        : loop_(loop), log_(log), own_processes_(own_processes), places_(std::move(places)) {}

    void start();
    [[nodiscard]] core::Result<void> try_to_start();
    void resume_streams();
    void send(const platform::logger_protocol::ToLogger& message, platform::UniqueFd attached = {},
              platform::UniqueFd second = {});
    void send_queued();
    void receive();
    void take(const platform::logger_protocol::FromLogger& message);
    void ended();
    void start_later(const std::string& what_happened);
    void deadline_reached();

    platform::EventLoop& loop_;
    OwnLog& log_;
    OwnProcesses& own_processes_;
    Places places_;
    std::map<platform::OutputName, Stream> streams_;
    std::uint64_t max_total_ = platform::logger_protocol::no_limit;
    std::deque<Outgoing> queue_;
    platform::UniqueFd socket_;
    std::optional<platform::StartedChild> starting_;
    platform::ProcessHandle process_;
    core::Instant started_at_{};
    std::string last_trouble_;
    bool takes_groups_ = false;  ///< it was ended to be started with one more group
    bool is_killed_ = false;
    std::function<void()> finished_;
    platform::EventSource readable_;
    platform::EventSource writable_;
    platform::EventSource end_;
    platform::EventSource timer_;
};

}  // namespace respawnd::daemon
