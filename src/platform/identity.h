// Who a process runs as, as numbers, with what the user database says beside them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace respawnd::platform {

struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  ///< supplementary groups
    std::string user_name;      ///< the number as text when the database has no name
    std::string home;
    std::string shell;
    bool operator==(const Identity&) const = default;
};

/// Is this process, in all its user and group ids and its supplementary groups, that already?
[[nodiscard]] bool is_own_identity(const Identity& identity);

}  // namespace respawnd::platform
