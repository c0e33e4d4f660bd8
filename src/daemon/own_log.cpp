#include "daemon/own_log.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdlib>

#include "platform/journal_socket.h"

namespace respawnd::daemon {
namespace {

/// Standard error that cannot stop the loop: whoever reads it may have gone to sleep (a terminal
/// after Ctrl-S, a pager). What finds no room is counted, and the count is told with the next
/// message that does.
class StandardError final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t text;
        if (lost_ != 0) {
            fmt::format_to(std::back_inserter(text), "respawnd: {} messages found no reader\n",
                           lost_);
        }
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        text.append(line.begin(), line.end());
        pollfd ready{STDERR_FILENO, POLLOUT, 0};
        const bool has_room = poll(&ready, 1, 0) == 1;
        if (has_room && write(STDERR_FILENO, text.data(), text.size()) > 0) {
            lost_ = 0;
        } else {
            ++lost_;
        }
    }
    void flush_() override {}

  private:
    std::uint64_t lost_ = 0;
};

/// The journal, which cannot stop the loop either.
class JournalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  public:
    explicit JournalSink(platform::JournalSocket journal) : journal_(std::move(journal)) {}

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const bool is_reading =
            lost_ == 0 ||
            journal_.tell(LOG_WARNING, fmt::format("{} messages found no reader", lost_));
        lost_ = is_reading ? 0 : lost_;
        const std::string_view text(message.payload.data(), message.payload.size());
        if (!is_reading || !journal_.tell(priority_of(message.level), text)) {
            ++lost_;
        }
    }
    void flush_() override {}

  private:
    static int priority_of(spdlog::level::level_enum level) {
        if (level >= spdlog::level::err) {
            return LOG_ERR;
        }
        if (level == spdlog::level::warn) {
            return LOG_WARNING;
        }
        return level == spdlog::level::info ? LOG_INFO : LOG_DEBUG;
    }

    platform::JournalSocket journal_;
    std::uint64_t lost_ = 0;
};

/// systemd sets JOURNAL_STREAM to the device and inode of the stream that it connected to standard
/// error (systemd.exec(5)).
bool is_started_by_systemd() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat error{};
    if (stream == nullptr || fstat(STDERR_FILENO, &error) != 0) {
        return false;
    }
    return fmt::format("{}:{}", error.st_dev, error.st_ino) == stream;
}

spdlog::level::level_enum spdlog_level(core::OwnLogLevel level) {
    switch (level) {
        case core::OwnLogLevel::debug:
            return spdlog::level::debug;
        case core::OwnLogLevel::info:
            return spdlog::level::info;
        case core::OwnLogLevel::warning:
            return spdlog::level::warn;
        case core::OwnLogLevel::error:
            break;
    }
    return spdlog::level::err;
}

spdlog::sink_ptr standard_error() {
    auto sink = std::make_shared<StandardError>();
    // A terminal shows what a person reads; a file or a pipe wants to know when it was.
    sink->set_pattern(isatty(STDERR_FILENO) == 1 ? "respawnd: %v"
                                                 : "%Y-%m-%dT%H:%M:%S.%e%z respawnd: %v");
    return sink;
}

core::Result<spdlog::sink_ptr> file(const std::string& path) {
    // spdlog opens with fopen(3), which knows neither close-on-exec nor a mode; making the file
    // first settles the mode, and jobs get no descriptor but their three anyway.
    constexpr mode_t mode = 0640;
    const int made =
        open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, mode);
    if (made < 0) {
        return core::system_error("open the daemon's own log \"" + path + "\"");
    }
    (void)close(made);
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(path);
        sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
        return sink;
    } catch (const spdlog::spdlog_ex& problem) {
        return core::failure(problem.what());
    }
}

core::Result<spdlog::sink_ptr> journal() {
    auto opened = platform::JournalSocket::open("respawnd");
    if (!opened) {
        return std::unexpected(std::move(opened).error());
    }
    return std::make_shared<JournalSink>(std::move(*opened));
}

core::Result<spdlog::sink_ptr> sink_of(const core::OwnLogSettings& settings,
                                       const std::string& default_file) {
    switch (settings.target) {
        case core::OwnLogTarget::automatic:
            if (!is_started_by_systemd()) {
                return standard_error();
            }
            [[fallthrough]];
        case core::OwnLogTarget::journal:
            return journal();
        case core::OwnLogTarget::file:
            return file(settings.file.value_or(default_file));
        case core::OwnLogTarget::stderr_:
            break;
    }
    return standard_error();
}

/// A diagnostic of several lines ends in a newline, a message of the log does not.
std::string_view without_newline(std::string_view text) {
    while (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

OwnLog::OwnLog() : logger_(std::make_shared<spdlog::logger>("respawnd", standard_error())) {}

core::Result<void> OwnLog::use(const core::OwnLogSettings& settings,
                               const std::string& default_file, bool debug) {
    auto sink = sink_of(settings, default_file);
    if (!sink) {
        return std::unexpected(std::move(sink).error());
    }
    logger_ = std::make_shared<spdlog::logger>("respawnd", std::move(*sink));
    logger_->set_level(debug ? spdlog::level::debug : spdlog_level(settings.level));
    logger_->flush_on(spdlog::level::debug);
    return {};
}

bool OwnLog::tells_debug() const {
    return logger_->should_log(spdlog::level::debug);
}

void OwnLog::debug(std::string_view text) const {
    logger_->debug(without_newline(text));
}

void OwnLog::info(std::string_view text) const {
    logger_->info(without_newline(text));
}

void OwnLog::warning(std::string_view text) const {
    logger_->warn(without_newline(text));
}

void OwnLog::error(std::string_view text) const {
    logger_->error(without_newline(text));
}

void OwnLog::tell(Level level, std::string_view text) const {
    switch (level) {
        case Level::info:
            return info(text);
        case Level::warning:
            return warning(text);
        case Level::error:
            return error(text);
    }
}

}  // namespace respawnd::daemon
