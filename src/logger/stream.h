// The output of one run on its way: the FIFO, what has left it, and how far the run's end is known.
//
// The life of a stream:
//
//     waiting    an earlier run of the instance is not written out yet
//     running    the main process lives, as far as the logger knows
//     ending     the main process has ended; what was in the FIFO then is still to be taken, and
//                its last line ended
//     left_over  all of the run is written; processes that it left behind may still write lines
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/time.h"
#include "logger/disk.h"
#include "logger/fifo_view.h"
#include "logger/line_output.h"
#include "logger/order.h"
#include "logger/spool.h"
#include "platform/logger_protocol.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

struct Stream;

/// Where streams go: a log file, or the journal.
struct Destination {
    /// The disk refuses what it is given.
    struct Trouble {
        core::Instant since;
        core::Instant retry_at;
        std::string reason;
        std::uint64_t dropped = 0;
        bool is_told = false;
    };

    std::string subject;  ///< as the job file names it; empty: the journal
    std::string path;     ///< for messages
    std::shared_ptr<Disk> disk;
    std::shared_ptr<Sink> sink;
    std::set<Stream*> streams;
    std::optional<Trouble> trouble;
    core::Instant told_at{};
};

struct Stream {
    enum class Phase { waiting, running, ending, left_over };

    std::uint64_t mark = 0;  ///< of this logger's own, never 0
    platform::OutputName name;
    std::string line;  ///< the instance and its channel: runs follow each other along it
    platform::UniqueFd fifo;
    Phase phase = Phase::running;
    bool has_ended = false;     ///< told while `waiting`
    bool forgotten = false;     ///< to be closed after `ending`
    bool is_queued = false;     ///< in the loop's queue
    bool hung_up = false;       ///< nobody had it open for writing when it was last looked at
    bool has_siblings = false;  ///< the job has several instances
    bool keeps_lines = false;   ///< others write to the same file
    bool has_large_pipe = false;
    /// Given to the lane before a byte comes: the first to go there, for which the file is opened,
    /// or one of which an earlier logger has left something in the spool.
    bool is_due = false;
    std::size_t left = 0;  ///< in `ending`: bytes that were in the FIFO at the end

    Destination* destination = nullptr;  ///< none: standard output
    Spool spool;
    Order order;            ///< what is being written, or is to be written next
    bool is_given = false;  ///< a lane has the order, and with it the spool
    /// Bytes that were dropped, and not yet part of an order.
    std::uint64_t dropped = 0;
    std::string drop_reason;
    std::size_t waiting_before = 0;  ///< bytes in the FIFO when it was last looked at in trouble
    bool ends_run = false;           ///< with the order that a lane has, all of the run is written
    std::string after;               ///< a line that tells of the run's end
    std::optional<platform::logger_protocol::Output> wanted_output;
};

/// For standard output: moves what one system call takes.
struct Advance {
    FifoState state = FifoState::empty;  ///< `empty` also: no whole line is there
    std::size_t taken = 0;
    bool held_up = false;
};
[[nodiscard]] Advance to_standard_output(Stream& stream, LineOutput& output, FifoView& view);

}  // namespace respawnd::logger
