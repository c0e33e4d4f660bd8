// The folders of `runtime_directory` and `state_directory`, made below /run and /var/lib before a
// start. They are made by root in places that the job's user may write in, so no step follows a
// symbolic link, and what is handed over is the very folder that was opened.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/result.h"

namespace respawnd::platform {

struct JobDirectory {
    std::string base;  ///< "/run", "/var/lib"; links in it are the administrator's and followed
    std::string name;  ///< relative, may have several parts; those on the way stay root's
    uid_t uid = 0;
    gid_t gid = 0;
};

/// Makes what is missing, with mode 0755, gives the last part to the user, and returns its path.
/// A folder that is there keeps its mode; its owner must be the user, root or the daemon.
[[nodiscard]] core::Result<std::string> make_job_directory(const JobDirectory& directory);

}  // namespace respawnd::platform
