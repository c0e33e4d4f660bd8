#include "platform/identity.h"

#include <unistd.h>

#include <algorithm>

namespace respawnd::platform {
namespace {

/// Some systems list the gid among the supplementary groups and some do not; it changes nothing.
std::vector<gid_t> normalised(std::vector<gid_t> groups, gid_t gid) {
    groups.push_back(gid);
    std::ranges::sort(groups);
    const auto rest = std::ranges::unique(groups);
    groups.erase(rest.begin(), rest.end());
    return groups;
}

}  // namespace

bool is_own_identity(const Identity& identity) {
    uid_t users[3] = {};
    gid_t groups[3] = {};
    if (::getresuid(&users[0], &users[1], &users[2]) != 0 ||
        ::getresgid(&groups[0], &groups[1], &groups[2]) != 0) {
        return false;
    }
    const auto is_user = [&](uid_t uid) { return uid == identity.uid; };
    const auto is_group = [&](gid_t gid) { return gid == identity.gid; };
    if (!std::ranges::all_of(users, is_user) || !std::ranges::all_of(groups, is_group)) {
        return false;
    }
    const int count = ::getgroups(0, nullptr);
    if (count < 0) {
        return false;
    }
    std::vector<gid_t> own(static_cast<std::size_t>(count));
    if (::getgroups(count, own.data()) != count) {
        return false;
    }
    return normalised(std::move(own), identity.gid) == normalised(identity.groups, identity.gid);
}

}  // namespace respawnd::platform
