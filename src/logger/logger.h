// The loop of respawn-logger: it takes what jobs write out of their FIFOs into their spools, has
// lanes write it into the logs, and watches the lanes. It sleeps until a job writes, the daemon or
// a lane says something, or an output that was in trouble is to be tried again; it touches no disk.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "logger/fifo_view.h"
#include "logger/line_output.h"
#include "logger/stream.h"
#include "platform/logger_protocol.h"
#include "platform/logger_socket.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

class LogFile;

/// How long a job waits for a disk before its output is dropped.
inline constexpr core::Duration patience = std::chrono::seconds(1);

class Logger {
  public:
    /// `control` is the logger's end of the socket pair, `output` what `inherit` writes to.
    [[nodiscard]] static core::Result<std::unique_ptr<Logger>> make(platform::UniqueFd control,
                                                                    std::string log_folder,
                                                                    int output);

    /// Returns when the daemon wanted it to finish or is gone, and everything is written out. A
    /// thread may still hang in the kernel then.
    void run();

  private:
    Logger(platform::UniqueFd control, platform::UniqueFd epoll, platform::UniqueFd news,
           FifoView view, std::string log_folder, int output);

    void gather();
    void wait();
    [[nodiscard]] int wait_milliseconds() const;
    [[nodiscard]] bool is_done() const;

    void receive_messages();
    void on_message(platform::logger_protocol::StreamOpened message, platform::Datagram datagram);
    void on_message(const platform::logger_protocol::ResumeEnded& message,
                    platform::Datagram datagram);
    void on_message(platform::logger_protocol::OutputChanged message, platform::Datagram datagram);
    void on_message(const platform::logger_protocol::RunEnded& message,
                    platform::Datagram datagram);
    void on_message(const platform::logger_protocol::StreamForgotten& message,
                    platform::Datagram datagram);
    void on_message(const platform::logger_protocol::RotateWanted& message,
                    platform::Datagram datagram);
    void on_message(const platform::logger_protocol::TotalLimit& message,
                    platform::Datagram datagram);
    void on_message(const platform::logger_protocol::FinishWanted& message,
                    platform::Datagram datagram);
    void finish();
    void tell(const platform::logger_protocol::FromLogger& message);
    void send_messages();
    [[nodiscard]] Stream* find(platform::OutputName name);

    [[nodiscard]] std::string path_of(const std::string& file) const;
    [[nodiscard]] std::string key_of(const platform::logger_protocol::Output& output) const;
    [[nodiscard]] Destination& destination_for(const platform::logger_protocol::Output& output);
    [[nodiscard]] std::shared_ptr<Disk> disk_of(const std::string& folder);
    void connect(Stream& stream, platform::logger_protocol::Output output);
    void disconnect(Stream& stream);
    static void share_lines(const Destination& destination);

    void join_line(Stream& stream);
    void end_run(Stream& stream);
    void begin_ending(Stream& stream);
    void run_is_written(Stream& stream);
    void remove(Stream& stream);

    void enqueue(Stream& stream);
    void serve_queue();
    void serve(Stream& stream);
    void serve_standard_output(Stream& stream);
    void fill_and_give(Stream& stream);
    [[nodiscard]] bool fill(Stream& stream);
    void give(Stream& stream);
    void take_news();
    void carried_out(std::uint64_t mark, core::Result<void> done,
                     const std::optional<std::string>& warning);
    void refused(Destination& destination, const core::Error& error, const std::string& remedy);
    void begin_trouble(Destination& destination, std::string reason);
    void healed(Destination& destination);
    void watch_disks();
    void tell_of_hanging(const std::shared_ptr<Disk>& disk);
    void give_a_trial(Destination& destination);
    void drop_what_does_not_fit(Stream& stream);
    void flush_output();

    platform::UniqueFd control_;
    platform::UniqueFd epoll_;
    FifoView view_;
    std::string log_folder_;
    LineOutput output_;
    core::Instant now_{};
    core::Instant last_turn_{};
    std::size_t moved_ = 0;  ///< bytes, in this turn

    std::unordered_map<std::uint64_t, std::unique_ptr<Stream>> streams_;
    std::map<platform::OutputName, Stream*> by_name_;
    /// The runs of an instance that are not written out, oldest first.
    std::unordered_map<std::string, std::vector<Stream*>> lines_of_runs_;
    std::map<std::string, std::shared_ptr<Disk>> disks_;
    std::map<std::string, Destination> destinations_;
    /// One object a file, also while one that no stream goes to is still being compressed.
    std::map<std::string, std::weak_ptr<LogFile>> files_;
    std::uint64_t max_total_ = platform::logger_protocol::no_limit;
    std::uint64_t last_mark_ = 0;
    std::deque<std::uint64_t> queue_;
    std::vector<std::uint64_t> held_up_by_output_;
    bool is_resuming_ = false;

    /// What lanes have to say: tasks for the loop, which the descriptor wakes. Shared with lanes
    /// that may outlive the loop.
    struct News {
        std::mutex mutex;
        std::vector<std::function<void()>> tasks;
        platform::UniqueFd descriptor;
        void post(std::function<void()> task);
    };
    std::shared_ptr<News> news_;
    std::size_t given_ = 0;  ///< orders that lanes have
    core::Instant look_at_disks_at_ = core::no_deadline;

    std::deque<std::string> outbound_;
    bool control_waits_ = false;
    bool output_waits_ = false;
    bool is_finishing_ = false;
    core::Instant give_up_at_ = core::no_deadline;
};

}  // namespace respawnd::logger
