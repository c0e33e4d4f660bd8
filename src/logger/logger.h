// The loop of respawn-logger: one thread, one epoll set. It sleeps until a job writes, the daemon
// says something, or an output that was in trouble is to be tried again; it never waits for one
// output while another could go on.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "logger/fifo_view.h"
#include "logger/line_output.h"
#include "logger/log_file.h"
#include "logger/log_folder.h"
#include "logger/stream.h"
#include "platform/logger_protocol.h"
#include "platform/logger_socket.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

class Logger {
  public:
    /// `control` is the logger's end of the socket pair, `output` what `inherit` writes to.
    [[nodiscard]] static core::Result<std::unique_ptr<Logger>> make(platform::UniqueFd control,
                                                                    std::string log_folder,
                                                                    int output);

    /// Returns when the daemon wanted it to finish or is gone, and everything is written out.
    void run();

  private:
    Logger(platform::UniqueFd control, platform::UniqueFd epoll, FifoView view,
           std::string log_folder, int output);

    /// A log file and who writes to it.
    struct SharedFile {
        std::unique_ptr<LogFile> file;
        std::set<Stream*> streams;
    };

    void wait();
    [[nodiscard]] int wait_milliseconds() const;
    [[nodiscard]] bool is_done() const;

    void receive_messages();
    void on_message(platform::logger_protocol::StreamOpened message, platform::Datagram datagram);
    void on_message(const platform::logger_protocol::RunEnded& message,
                    platform::Datagram datagram);
    void on_message(const platform::logger_protocol::StreamForgotten& message,
                    platform::Datagram datagram);
    void on_message(const platform::logger_protocol::FinishWanted& message,
                    platform::Datagram datagram);
    void finish();
    void tell(const platform::logger_protocol::FromLogger& message);
    void send_messages();

    LogFile& file_for(const std::string& name);
    void share_lines(SharedFile& shared);
    void join_line(Stream& stream);
    void end_run(Stream& stream);
    void begin_ending(Stream& stream);
    void run_is_written(Stream& stream);
    void remove(std::uint64_t generation);

    void enqueue(Stream& stream);
    void serve_queue();
    void serve(Stream& stream);
    void retry_files();
    void tell_news(LogFile& file);
    void flush_output();

    platform::UniqueFd control_;
    platform::UniqueFd epoll_;
    FifoView view_;
    LogFolder folder_;
    LineOutput output_;
    core::Instant now_{};

    std::unordered_map<std::uint64_t, std::unique_ptr<Stream>> streams_;
    /// The runs of an instance that are not written out, oldest first.
    std::unordered_map<std::string, std::deque<Stream*>> lines_of_runs_;
    std::map<std::string, SharedFile> files_;
    std::set<std::string> troubled_files_;
    std::deque<std::uint64_t> queue_;
    std::vector<std::uint64_t> held_up_by_output_;

    std::deque<std::string> outbound_;
    bool control_waits_ = false;
    bool output_waits_ = false;
    bool is_finishing_ = false;
    core::Instant give_up_at_ = core::no_deadline;
};

}  // namespace respawnd::logger
