// The folder that holds the log files: made when it is missing, and followed when it is replaced.
// A file in it is opened so that nobody who may write there can make the logger write elsewhere.
#pragma once

#include <string>

#include "core/result.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

class LogFolder {
  public:
    explicit LogFolder(std::string path);

    /// Opens a log file for writing and makes it, 0640, when it is missing.
    [[nodiscard]] core::Result<platform::UniqueFd> open_file(const std::string& name);

    /// False when the name leads to another file by now, or to none.
    [[nodiscard]] bool still_leads_to(const std::string& name, int file);

    [[nodiscard]] std::string path_of(const std::string& name) const;

    /// What to type against a refusal, to follow its text; empty when there is no such command.
    [[nodiscard]] std::string remedy(const std::string& name, int error_number) const;

  private:
    /// Opens the folder, or opens it anew if its path leads elsewhere by now.
    core::Result<void> follow();

    std::string path_;
    platform::UniqueFd folder_;
};

}  // namespace respawnd::logger
