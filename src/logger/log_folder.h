// The folder that holds the log files: made when it is missing, and followed when it is replaced.
// A file in it is opened so that nobody who may write there can make the logger write elsewhere.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "platform/unique_fd.h"

namespace respawnd::logger {

class LogFolder {
  public:
    explicit LogFolder(std::string path);

    /// Mode and group of a file that is made.
    struct Rights {
        mode_t mode = 0640;
        /// None: "adm" where that exists and the logger may give it.
        std::optional<gid_t> group;
    };
    struct OpenedFile {
        platform::UniqueFd file;
        std::optional<core::Error> group_refused;
    };
    /// Opens a log file for reading and writing and makes it when it is missing.
    [[nodiscard]] core::Result<OpenedFile> open_file(const std::string& name, const Rights& rights);

    /// Opens it for reading; nothing but a regular file.
    [[nodiscard]] core::Result<platform::UniqueFd> open_existing(const std::string& name) const;
    /// A new file for writing, 0600, under a name that nothing has.
    [[nodiscard]] core::Result<platform::UniqueFd> create(const std::string& name) const;
    /// What is there under the name, a link itself; nothing: none.
    [[nodiscard]] std::optional<struct stat> look(const std::string& name) const;
    /// `to` is replaced.
    [[nodiscard]] core::Result<void> rename(const std::string& from, const std::string& to) const;
    /// One that is gone already is no error.
    [[nodiscard]] core::Result<void> remove(const std::string& name) const;
    /// The names in it.
    [[nodiscard]] std::vector<std::string> list() const;

    /// False when the name leads to another file by now, or to none.
    [[nodiscard]] bool still_leads_to(const std::string& name, int file);

    [[nodiscard]] std::string path_of(const std::string& name) const;

    /// What to type against a refusal, to follow its text; empty when there is no such command.
    [[nodiscard]] std::string remedy(const std::string& name, int error_number) const;

  private:
    /// Opens the folder, or opens it anew if its path leads elsewhere by now.
    core::Result<void> follow();
    static void give_rights(OpenedFile& opened, const Rights& rights);

    std::string path_;
    platform::UniqueFd folder_;
    core::Instant followed_at_{};
};

}  // namespace respawnd::logger
