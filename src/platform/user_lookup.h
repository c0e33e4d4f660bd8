// Names of users and groups to numbers, from databases that may be a directory service and take
// their time: never in the loop nor in a child, but in a helper process (start_lookup.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/identity.h"

namespace respawnd::platform {

struct UserLookupRequest {
    std::optional<std::string> user;   ///< name or number; none: the daemon's
    std::optional<std::string> group;  ///< name or number; none: the user's own
    /// Instead of those that the group database gives the user.
    std::optional<std::vector<std::string>> supplementary_groups;
};

/// Words of digits are numbers, without signs, leading zeros or 0x; 4294967295 and 65535, which
/// mean "no id" to the kernel, are refused, as is a name that begins with a digit: it must never be
/// a slip that makes root of a job. A number that no database knows will do for a group, and for a
/// user if a group is given.
[[nodiscard]] core::Result<Identity> find_identity(const UserLookupRequest& request);

/// The same rules for the name or number of a group alone.
[[nodiscard]] core::Result<gid_t> find_group(const std::string& name);

}  // namespace respawnd::platform
