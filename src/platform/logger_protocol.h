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
#include <string>
#include <string_view>
#include <variant>

#include "core/result.h"

namespace respawnd::platform::logger_protocol {

/// The descriptor under which the logger finds its end of the socket pair.
inline constexpr int control_descriptor = 0;
/// No message is longer; a longer one was cut off by the kernel and does not decode.
inline constexpr std::size_t max_message = 4096;
inline constexpr std::size_t max_text = 1024;

enum class Target : std::uint8_t {
    file = 1,
    inherit = 2,
};

/// A run begins, and its FIFO's read end comes with the message. An earlier run of the same
/// instance counts as ended.
struct StreamOpened {
    std::uint64_t generation = 0;  ///< neither 0 nor all ones
    std::string instance;          ///< full name: mailer@2
    std::string job;               ///< mailer
    Target target = Target::file;
    std::string file;      ///< name in the log folder: mailer.log; empty for `inherit`
    bool resumed = false;  ///< an earlier logger has already taken output of this run
    bool operator==(const StreamOpened&) const = default;
};

/// The main process of the run has ended. What it wrote is finished with a line end before
/// anything of the next run; processes that it left behind may go on writing.
struct RunEnded {
    std::uint64_t generation = 0;
    bool operator==(const RunEnded&) const = default;
};

/// Take what is in the FIFO at this moment, then close it.
struct StreamForgotten {
    std::uint64_t generation = 0;
    bool operator==(const StreamForgotten&) const = default;
};

/// Take what is in every FIFO at this moment, then exit 0.
struct FinishWanted {
    bool operator==(const FinishWanted&) const = default;
};

using ToLogger = std::variant<StreamOpened, RunEnded, StreamForgotten, FinishWanted>;

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
    std::uint64_t generation = 0;
    bool operator==(const StreamDrained&) const = default;
};

using FromLogger = std::variant<TroubleBegan, TroubleHealed, StreamDrained>;

/// Texts longer than `max_text` are cut.
[[nodiscard]] std::string encode(const ToLogger& message);
[[nodiscard]] std::string encode(const FromLogger& message);

[[nodiscard]] core::Result<ToLogger> decode_to_logger(std::string_view bytes);
[[nodiscard]] core::Result<FromLogger> decode_from_logger(std::string_view bytes);

}  // namespace respawnd::platform::logger_protocol
