// How much of everything a file may hold. Whoever writes a job file could as well be root, so these
// are against accidents: a log copied over a job file must cost a message, not the memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace respawnd::config {

/// A job file has some hundred bytes; this one is read whole into memory.
inline constexpr std::size_t largest_file = 1024UL * 1024;
/// Brackets inside brackets; a job file needs three.
inline constexpr std::size_t deepest_brackets = 16;
/// Names in a dotted key; a settings file needs four (defaults.environment.NAME).
inline constexpr std::size_t longest_dotted_key = 16;
/// Beyond this many mistakes in one file only their number is told.
inline constexpr std::size_t most_diagnostics = 100;
/// What execve(2) takes: MAX_ARG_STRLEN is 32 pages with the NUL at the end.
inline constexpr std::size_t longest_word = 128UL * 1024 - 1;
/// Words of a command, names in a list.
inline constexpr std::size_t most_words = 1000;
/// PATH_MAX without the NUL at the end.
inline constexpr std::size_t longest_path = 4095;
/// NAME_MAX: one part of a path.
inline constexpr std::size_t longest_path_part = 255;
/// A log's path and the last part of it. Rotated files have longer names than their log, and the
/// logger is told of a path in a message that has room for 1024 bytes.
inline constexpr std::size_t longest_log_path = 1000;
inline constexpr std::size_t longest_log_name = 200;
/// What a size may say, "4K" to "1024T": below it a file would hold a few lines, and beyond it
/// there is no file system.
inline constexpr std::uint64_t least_log_size = 4096;
inline constexpr std::uint64_t most_log_size = std::uint64_t{1} << 50;
/// Names of users and groups: what useradd(8) and the C library's look-up take.
inline constexpr std::size_t longest_user_name = 255;

}  // namespace respawnd::config
