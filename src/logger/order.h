// What the loop asks a lane to write, and whoever does it: a log file or the journal. While a lane
// has an order, its spool belongs to that lane.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "logger/spool.h"
#include "platform/logger_protocol.h"

namespace respawnd::logger {

/// An order that could not be carried out says what is left of it, and is given again.
struct Order {
    Spool* spool = nullptr;
    std::uint64_t writer = 0;  ///< the stream, never 0; a file knows whose half line is at its end
    std::string job;
    std::string instance;
    platform::Channel channel = platform::Channel::output;
    std::shared_ptr<const platform::logger_protocol::Output> rules;
    bool is_resumed = false;    ///< the writer may be in the middle of a line
    bool keeps_lines = false;   ///< others write to the same file: a half line waits for its end
    bool is_last = false;       ///< the run is over: its half line is ended
    std::string before;         ///< a line that tells of the run's start; empty: none
    std::string after;          ///< of its end
    std::uint64_t dropped = 0;  ///< bytes that are missing behind the spool
    std::string drop_reason;
    std::string remedy;  ///< out: what to type against a refusal, to follow its text
};

class Sink {
  public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    /// In the lane only.
    [[nodiscard]] virtual core::Result<void> carry_out(Order& order) = 0;
    /// Something that the operator should know and that stops nothing; told once.
    [[nodiscard]] virtual std::optional<std::string> take_warning() { return std::nullopt; }
};

}  // namespace respawnd::logger
