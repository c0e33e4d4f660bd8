// What the daemon and respawn-logger say to each other: one message a datagram over a
// SOCK_SEQPACKET socket pair, which is standard input of the logger. Encoding and decoding are
// pure; whatever does not decode exactly is an error, never a guess.
//
//     message   kind (1 byte), then its fields in the order of the struct
//     number    8 bytes, least significant first
//     choice    1 byte
//     text      length (2 bytes, least significant first), then the bytes
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.h"
#include "platform/output_name.h"

namespace respawnd::platform::logger_protocol {

/// The descriptor under which the logger finds its end of the socket pair.
inline constexpr int control_descriptor = 0;
/// No message is longer; a longer one was cut off by the kernel and does not decode.
inline constexpr std::size_t max_message = 4096;
inline constexpr std::size_t max_text = 1024;

enum class Target : std::uint8_t {
    file = 1,
    inherit = 2,
    journal = 3,
};

enum class Compression : std::uint8_t {
    none = 0,
    zstd = 1,
};

inline constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
/// In Output::group: the file keeps the logger's own group.
inline constexpr std::uint64_t no_group = std::numeric_limits<std::uint64_t>::max();

/// Where the bytes of a stream go and how they are kept there. All of one file's streams say the
/// same of it.
struct Output {
    Target target = Target::file;
    std::string file;  ///< for `file`: a name in the log folder, or an absolute path
    std::uint64_t mode = 0640;
    std::uint64_t group = no_group;
    std::uint64_t max_size = no_limit;   ///< bytes; rotated before it grows larger
    std::uint64_t keep = 0;              ///< rotated files
    std::uint64_t max_total = no_limit;  ///< bytes, this file and those rotated from it
    Compression compression = Compression::none;
    bool timestamps = false;
    bool operator==(const Output&) const = default;
};

/// A run begins, or its standard error does where that goes its own way. The FIFO's read end and
/// the spool come with the message (`inherit`: the FIFO alone). An earlier run of the same instance
/// counts as ended.
struct StreamOpened {
    OutputName name;       ///< its generation is neither 0 nor all ones
    std::string instance;  ///< full name: mailer@2
    std::string job;       ///< mailer
    Output output;
    bool resumed = false;  ///< an earlier logger has already taken output of this run
    std::string event;     ///< a line that tells of the start; empty: none
    bool operator==(const StreamOpened&) const = default;
};

/// All streams of an earlier logger have been opened again. Until this comes nothing is taken: what
/// lies in their spools goes into the files before anything else does.
struct ResumeEnded {
    bool operator==(const ResumeEnded&) const = default;
};

/// From now on the stream goes there.
struct OutputChanged {
    OutputName name;
    Output output;
    bool operator==(const OutputChanged&) const = default;
};

/// The main process of the run has ended. What it wrote is finished with a line end before
/// anything of the next run; processes that it left behind may go on writing.
struct RunEnded {
    std::uint64_t generation = 0;
    std::string event;  ///< a line that tells of the end, for its standard output; empty: none
    bool operator==(const RunEnded&) const = default;
};

/// Take what is in the FIFO at this moment, then close it.
struct StreamForgotten {
    OutputName name;
    bool operator==(const StreamForgotten&) const = default;
};

/// Rotate the file, or all files, whatever their sizes; empty ones stay.
struct RotateWanted {
    std::string file;  ///< as in Output; empty: all
    bool operator==(const RotateWanted&) const = default;
};

/// What all files in the log folder may take together.
struct TotalLimit {
    std::uint64_t bytes = no_limit;
    bool operator==(const TotalLimit&) const = default;
};

/// Take what is in every FIFO at this moment, then exit 0.
struct FinishWanted {
    bool operator==(const FinishWanted&) const = default;
};

using ToLogger = std::variant<StreamOpened, ResumeEnded, OutputChanged, RunEnded, StreamForgotten,
                              RotateWanted, TotalLimit, FinishWanted>;

/// Something cannot be written; said once until it heals. `text` is for people.
struct TroubleBegan {
    std::string subject;  ///< which output: the name of a log file, or empty: standard output
    std::string text;
    bool operator==(const TroubleBegan&) const = default;
};

struct TroubleHealed {
    std::string subject;
    std::string text;  ///< what it had cost
    bool operator==(const TroubleHealed&) const = default;
};

/// The run has ended, nobody has its FIFO open for writing any more, and the logger has closed it
/// after the last byte: its name may be removed.
struct StreamDrained {
    OutputName name;
    bool operator==(const StreamDrained&) const = default;
};

using FromLogger = std::variant<TroubleBegan, TroubleHealed, StreamDrained>;

/// Texts longer than `max_text` are cut.
[[nodiscard]] std::string encode(const ToLogger& message);
[[nodiscard]] std::string encode(const FromLogger& message);

[[nodiscard]] core::Result<ToLogger> decode_to_logger(std::string_view bytes);
[[nodiscard]] core::Result<FromLogger> decode_from_logger(std::string_view bytes);

}  // namespace respawnd::platform::logger_protocol
