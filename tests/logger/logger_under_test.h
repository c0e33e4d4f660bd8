// The real respawn-logger with the test in the daemon's place: a temporary folder, a socket, and
// runs that write into their FIFOs. Nothing here waits for a time; `wait_until` waits for a state.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/logger_protocol.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

/// Looks again and again, for a minute at most.
[[nodiscard]] bool wait_until(const std::function<bool()>& holds);

/// A run of an instance: what its program would have as standard output.
struct JobRun {
    std::uint64_t generation = 0;
    platform::UniqueFd output;

    /// Writes all of it, and waits while the FIFO is full.
    void write(std::string_view text) const;
};

class LoggerUnderTest {
  public:
    struct Options {
        std::string log_folder;             ///< empty: `log` in the temporary folder
        int output = -1;                    ///< what standard output is; -1: the file `stdout`
        uid_t user = 0;                     ///< not 0: started as that user
        std::uint64_t file_size_limit = 0;  ///< not 0: no file may become larger
        bool small_disk = false;  ///< the log folder is 1 MiB large, and seen by the logger only
    };

    LoggerUnderTest() : LoggerUnderTest(Options{}) {}
    explicit LoggerUnderTest(Options options);
    /// Ends the logger and removes the folder.
    ~LoggerUnderTest();
    LoggerUnderTest(const LoggerUnderTest&) = delete;
    LoggerUnderTest& operator=(const LoggerUnderTest&) = delete;

    /// Opens a stream into `job`.log, or to standard output.
    JobRun begin(const std::string& instance, bool inherit = false);
    JobRun begin_to(const std::string& instance, platform::logger_protocol::Output output,
                    const std::string& event = "");
    void end(const JobRun& run, const std::string& event = "");
    void send(const platform::logger_protocol::ToLogger& message, int attached = -1,
              int second = -1);
    void send_bytes(std::string_view bytes, int attached = -1, int second = -1);
    void close_socket() { socket_.reset(); }

    /// Sends `finish` and returns the exit status.
    int finish();
    /// The exit status once the logger has ended by itself.
    int wait_for_end();

    /// True as soon as a message of this kind has come; earlier messages are kept.
    template <class Message>
    [[nodiscard]] bool hears(const std::function<bool(const Message&)>& matches = {});
    [[nodiscard]] bool hears_drained(const JobRun& run);

    [[nodiscard]] std::string log_folder() const { return log_folder_; }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
    /// A log file's content; empty when there is none.
    [[nodiscard]] std::string log(const std::string& name) const;
    [[nodiscard]] std::string standard_output() const;
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    void start(const Options& options);
    [[nodiscard]] bool prepare_child(const Options& options) const;
    void receive();

    std::string folder_;
    std::string log_folder_;
    platform::UniqueFd fifo_folder_;
    platform::UniqueFd socket_;
    std::vector<platform::logger_protocol::FromLogger> heard_;
    std::uint64_t next_generation_ = 1;
    pid_t pid_ = -1;
};

template <class Message>
bool LoggerUnderTest::hears(const std::function<bool(const Message&)>& matches) {
    return wait_until([&] {
        receive();
        for (const auto& message : heard_) {
            const auto* one = std::get_if<Message>(&message);
            if (one != nullptr && (!matches || matches(*one))) {
                return true;
            }
        }
        return false;
    });
}

[[nodiscard]] std::string content_of(const std::string& path);

}  // namespace respawnd::logger
