// Starts respawn-logger, keeps it running, and tells it of starts and ends. The daemon itself never
// touches what a job writes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/instance_state.h"
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
        std::string runtime_directory;
        platform::UniqueFd output_folder;  ///< where the FIFOs are
    };

    [[nodiscard]] static core::Result<std::unique_ptr<LoggerLink>> make(platform::EventLoop& loop,
                                                                        OwnLog& log,
                                                                        OwnProcesses& own_processes,
                                                                        Places places);

    /// Makes the FIFO of a start and hands its read end to the logger; returns the job's end.
    [[nodiscard]] core::Result<platform::UniqueFd> open_stream(
        platform::logger_protocol::StreamOpened stream, std::optional<platform::FifoOwner> owner);
    /// The job's end of a stream that is open, for a stop command.
    [[nodiscard]] core::Result<platform::UniqueFd> job_end(core::Generation generation) const;
    /// The main process of that start has ended.
    void run_ended(core::Generation generation);

    /// Has the logger write what there is and end; `finished` is called when it is gone. One that
    /// does not end within a few seconds is killed.
    void finish(std::function<void()> finished);

  private:
    struct Stream {
        platform::logger_protocol::StreamOpened opened;
        bool has_ended = false;
    };
    struct Outgoing {
        std::string bytes;
        platform::UniqueFd attached;
    };

    LoggerLink(platform::EventLoop& loop, OwnLog& log, OwnProcesses& own_processes, Places places)
        : loop_(loop), log_(log), own_processes_(own_processes), places_(std::move(places)) {}

    [[nodiscard]] core::Result<platform::OutputFifo> make_fifo(
        core::Generation generation, std::optional<platform::FifoOwner> owner);
    void start();
    [[nodiscard]] core::Result<void> try_to_start();
    void resume_streams();
    void send(const platform::logger_protocol::ToLogger& message, platform::UniqueFd attached = {});
    void send_queued();
    void receive();
    void take(const platform::logger_protocol::FromLogger& message);
    void ended();
    void start_later(const std::string& what_happened);

    platform::EventLoop& loop_;
    OwnLog& log_;
    OwnProcesses& own_processes_;
    Places places_;
    std::map<core::Generation, Stream> streams_;
    std::deque<Outgoing> queue_;
    platform::UniqueFd socket_;
    std::optional<platform::StartedChild> starting_;
    platform::ProcessHandle process_;
    core::Instant started_at_{};
    std::string last_trouble_;
    std::function<void()> finished_;
    platform::EventSource readable_;
    platform::EventSource writable_;
    platform::EventSource end_;
    platform::EventSource timer_;
};

}  // namespace respawnd::daemon
