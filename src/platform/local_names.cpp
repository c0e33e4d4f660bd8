#include "platform/local_names.h"

#include <grp.h>
#include <pwd.h>

#include <cstdio>
#include <memory>

namespace respawnd::platform {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

}  // namespace

std::optional<gid_t> local_group(const std::string& name) {
    const File groups(std::fopen("/etc/group", "re"), &std::fclose);
    while (const group* entry = groups ? ::fgetgrent(groups.get()) : nullptr) {
        if (name == entry->gr_name) {
            return entry->gr_gid;
        }
    }
    return std::nullopt;
}

std::optional<Identity> local_user(const std::string& name) {
    const File users(std::fopen("/etc/passwd", "re"), &std::fclose);
    while (const passwd* entry = users ? ::fgetpwent(users.get()) : nullptr) {
        if (name == entry->pw_name) {
            Identity identity;
            identity.uid = entry->pw_uid;
            identity.gid = entry->pw_gid;
            identity.user_name = entry->pw_name;
            identity.home = entry->pw_dir;
            identity.shell = entry->pw_shell;
            return identity;
        }
    }
    return std::nullopt;
}

}  // namespace respawnd::platform
