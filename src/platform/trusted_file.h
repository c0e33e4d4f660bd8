// Reads files that decide what runs with the daemon's rights. Such a file, and every folder on the
// way to it, belongs to root or to the daemon's own user and can be written by nobody else; what is
// judged is what is read, since both go by one descriptor.
//
// Nothing here blocks on what a name turns out to be: FIFOs, sockets and devices are not opened.
// Every error is a sentence; where a command mends it, the sentence ends in the command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/result.h"
#include "platform/path_walk.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

/// Larger than any job file, small enough to be read in no time.
inline constexpr std::size_t largest_trusted_file = std::size_t{1} << 20;

/// What changes when a file changes, without reading it.
struct FileStamp {
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileStamp&) const = default;
};

[[nodiscard]] FileStamp stamp_of(const struct stat& status);

/// True when the file changed so shortly ago that another change could bear the same time: the
/// kernel counts the time of files in ticks of up to 10 ms.
[[nodiscard]] bool may_change_unseen(const FileStamp& stamp);

struct TrustedFile {
    std::string text;
    FileStamp stamp;
};

/// `path` is absolute. The error's number is ENOENT when there is no such file. Reads what is
/// there also while somebody writes it.
[[nodiscard]] core::Result<TrustedFile> read_trusted_file(const std::string& path);

/// Tells one folder from another that took its place.
struct FolderIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    /// File systems give a number of an inode away again; 0 where they do not tell when it was
    /// made.
    std::int64_t made_ns = 0;
    bool operator==(const FolderIdentity&) const = default;
};

struct TrustedFolder {
    UniqueFd fd;       ///< open for reading
    std::string path;  ///< without links
    FolderIdentity identity;
};

/// The folder at the end of a walk.
[[nodiscard]] core::Result<TrustedFolder> open_trusted_folder(const PathWalk& walk);

/// What became of an attempt to read a file of a folder.
struct FileReading {
    enum class Kind {
        gone,
        refused,        ///< `why` says it
        being_written,  ///< somebody has it open for writing: not read
        read,
    };
    Kind kind = Kind::gone;
    core::Error why;
    std::string text;
    FileStamp stamp;
    /// False where nobody can say whether it is being written.
    bool is_finished = false;
    /// It is a link, or it has a second name: it was made elsewhere and linked into the folder.
    bool is_linked = false;
};

[[nodiscard]] FileReading read_file_of(const TrustedFolder& folder, const std::string& name);

}  // namespace respawnd::platform
