// System users and groups from /etc/passwd and /etc/group themselves. Not by way of the name
// services, which may wait for a directory and load libraries: good for names that a package makes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "platform/identity.h"

namespace respawnd::platform {

[[nodiscard]] std::optional<gid_t> local_group(const std::string& name);
/// Without supplementary groups.
[[nodiscard]] std::optional<Identity> local_user(const std::string& name);

}  // namespace respawnd::platform
