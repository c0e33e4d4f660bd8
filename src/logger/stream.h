// The output of one run on its way: the FIFO, where its bytes go, and how far the run's end is
// known. `advance` takes one step; the loop decides whose turn it is.
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
#include <string>

#include "core/time.h"
#include "logger/fifo_view.h"
#include "logger/line_output.h"
#include "logger/log_file.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

struct Stream {
    enum class Phase { waiting, running, ending, left_over };

    std::uint64_t generation = 0;
    std::string instance;
    platform::UniqueFd fifo;
    LogFile* file = nullptr;    ///< none: standard output
    bool has_siblings = false;  ///< the job has several instances
    bool keeps_lines = false;   ///< others write to the same file: write whole lines only
    Phase phase = Phase::running;
    bool has_ended = false;   ///< told while `waiting`
    std::size_t left = 0;     ///< in `ending`: bytes that were in the FIFO at the end
    bool hung_up = false;     ///< nobody had it open for writing when the kernel last told
    bool forgotten = false;   ///< to be closed after `ending`
    bool is_queued = false;   ///< in the loop's queue
    bool is_held_up = false;  ///< the file or standard output does not take its bytes
};

struct Advance {
    FifoState state = FifoState::empty;  ///< `empty` also: no whole line is there
    std::size_t taken = 0;
    bool held_up = false;
};

/// Moves at most `budget` bytes, as far as one system call goes.
[[nodiscard]] Advance advance(Stream& stream, LineOutput& output, FifoView& view,
                              std::size_t budget, core::Instant now);

}  // namespace respawnd::logger
