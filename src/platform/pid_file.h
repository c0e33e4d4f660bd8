// A file with the daemon's pid, for scripts that want one. It is no lock: that is the run-time
// directory's.
#pragma once

#include <string>

#include "core/result.h"

namespace respawnd::platform {

class PidFile {
  public:
    /// Writes our pid. A link and what is no regular file are refused, as is a file that belongs to
    /// somebody else: in a folder that others may write in they could have planted it.
    [[nodiscard]] static core::Result<PidFile> write(const std::string& path);

    PidFile(PidFile&& other) noexcept;
    PidFile& operator=(PidFile&& other) noexcept;
    /// Removes the file, unless it has another pid in it by now.
    ~PidFile();

  private:
    explicit PidFile(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

}  // namespace respawnd::platform
