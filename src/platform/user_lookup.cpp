#include "platform/user_lookup.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>

#include "platform/quoted.h"

namespace respawnd::platform {
namespace {

// A group of a large site has tens of thousands of members.
constexpr std::size_t largest_database_entry = 4UL * 1024 * 1024;
constexpr int most_groups = 65536;  // the kernel's NGROUPS_MAX
constexpr std::uint32_t no_id = 0xffffffff;
constexpr std::uint32_t no_id_of_16_bits = 0xffff;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// What a word of a job file names: a number, a name, or nothing that may be used.
struct IdWord {
    bool is_number = false;
    std::uint32_t number = 0;
};

core::Result<IdWord> id_word(const std::string& kind, const std::string& word) {
    const auto refused = [&](const std::string& why) {
        return core::failure(kind + " " + quoted(word) + " " + why);
    };
    if (word.empty()) {
        return refused("is empty");
    }
    if (std::ranges::all_of(word, is_digit)) {
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (error != std::errc{} || number == no_id || number == no_id_of_16_bits ||
            (word.size() > 1 && word.front() == '0')) {
            return refused("is not a valid number");
        }
        return IdWord{true, number};
    }
    const auto is_unusable = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f || c == ':' || c == '/' || c == ',';
    };
    if (is_digit(word.front()) || word.front() == '-' || word.front() == '+' ||
        std::ranges::any_of(word, is_unusable)) {
        return refused("is not a valid name");
    }
    return IdWord{};
}

/// Calls one of the functions get*_r with a buffer that grows. False: no such entry.
template <class Entry, class Call>
core::Result<bool> ask(const std::string& tried, Entry& entry, std::vector<char>& buffer,
                       Call call) {
    for (std::size_t size = 4096; size <= largest_database_entry; size *= 4) {
        buffer.resize(size);
        Entry* found = nullptr;
        const int error = call(&entry, buffer.data(), buffer.size(), &found);
        if (error == ERANGE || error == EINTR) {
            continue;
        }
        // Several databases say "not found" with one of these.
        if (found != nullptr || error == 0 || error == ENOENT || error == ESRCH) {
            return found != nullptr;
        }
        return std::unexpected(core::Error{tried, error});
    }
    return std::unexpected(core::Error{tried, ERANGE});
}

struct User {
    bool known = false;
    Identity identity;
};

core::Result<User> find_user(const IdWord& word, const std::string& name) {
    passwd entry{};
    std::vector<char> buffer;
    const auto found = ask("look up user " + quoted(name), entry, buffer,
                           [&](passwd* to, char* data, std::size_t size, passwd** result) {
                               return word.is_number
                                          ? ::getpwuid_r(word.number, to, data, size, result)
                                          : ::getpwnam_r(name.c_str(), to, data, size, result);
                           });
    if (!found) {
        return std::unexpected(found.error());
    }
    User user;
    user.identity.user_name = name;
    user.identity.uid = word.number;
    user.identity.home = "/";
    user.identity.shell = "/bin/sh";
    if (*found) {
        const auto text_or = [](const char* text, const char* otherwise) {
            return std::string(text == nullptr || *text == '\0' ? otherwise : text);
        };
        user.known = true;
        user.identity.uid = entry.pw_uid;
        user.identity.gid = entry.pw_gid;
        user.identity.user_name = text_or(entry.pw_name, name.c_str());
        user.identity.home = text_or(entry.pw_dir, "/");
        user.identity.shell = text_or(entry.pw_shell, "/bin/sh");
    }
    return user;
}

core::Result<std::vector<gid_t>> groups_of_user(const Identity& identity) {
    int count = 64;
    std::vector<gid_t> groups;
    while (count <= most_groups) {
        groups.resize(static_cast<std::size_t>(count));
        int wanted = count;
        if (::getgrouplist(identity.user_name.c_str(), identity.gid, groups.data(), &wanted) >= 0) {
            groups.resize(static_cast<std::size_t>(wanted));
            return groups;
        }
        count = std::max(wanted, count * 2);
    }
    return core::failure("user " + quoted(identity.user_name) + " is in too many groups");
}

core::Result<std::vector<gid_t>> own_groups() {
    std::vector<gid_t> groups(static_cast<std::size_t>(most_groups));
    const int count = ::getgroups(most_groups, groups.data());
    if (count < 0) {
        return core::system_error("read the daemon's groups");
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

core::Result<Identity> own_identity() {
    const IdWord word{true, ::geteuid()};
    auto user = find_user(word, std::to_string(word.number));
    if (!user) {
        return std::unexpected(user.error());
    }
    Identity identity = std::move(user->identity);
    identity.gid = ::getegid();
    auto groups = own_groups();
    if (!groups) {
        return std::unexpected(groups.error());
    }
    identity.groups = std::move(*groups);
    return identity;
}

/// The user's own identity, before `group` and `supplementary_groups` change it.
core::Result<User> asked_user(const UserLookupRequest& request) {
    const std::string& name = *request.user;
    const auto word = id_word("user", name);
    if (!word) {
        return std::unexpected(word.error());
    }
    auto user = find_user(*word, name);
    if (user && !user->known) {
        if (!word->is_number) {
            return core::failure("user " + quoted(name) + " does not exist");
        }
        if (!request.group) {
            return core::failure("user " + name +
                                 " is not in the user database, so that \"group\" has to be given");
        }
    }
    return user;
}

core::Result<std::vector<gid_t>> find_groups(const std::vector<std::string>& names) {
    std::vector<gid_t> groups;
    for (const std::string& name : names) {
        const auto gid = find_group(name);
        if (!gid) {
            return std::unexpected(gid.error());
        }
        groups.push_back(*gid);
    }
    return groups;
}

}  // namespace

core::Result<gid_t> find_group(const std::string& name) {
    const auto word = id_word("group", name);
    if (!word) {
        return std::unexpected(word.error());
    }
    if (word->is_number) {
        return word->number;
    }
    group entry{};
    std::vector<char> buffer;
    const auto found = ask("look up group " + quoted(name), entry, buffer,
                           [&](group* to, char* data, std::size_t size, group** result) {
                               return ::getgrnam_r(name.c_str(), to, data, size, result);
                           });
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found) {
        return core::failure("group " + quoted(name) + " does not exist");
    }
    return entry.gr_gid;
}

core::Result<Identity> find_identity(const UserLookupRequest& request) {
    Identity identity;
    bool asks_for_groups = false;
    if (request.user) {
        auto user = asked_user(request);
        if (!user) {
            return std::unexpected(user.error());
        }
        asks_for_groups = user->known && !request.supplementary_groups;
        identity = std::move(user->identity);
    } else {
        auto own = own_identity();
        if (!own) {
            return own;
        }
        identity = std::move(*own);
    }
    if (request.group) {
        const auto gid = find_group(*request.group);
        if (!gid) {
            return std::unexpected(gid.error());
        }
        identity.gid = *gid;
    }
    if (asks_for_groups && identity.uid == ::geteuid() && ::geteuid() != 0) {
        // An ordinary user who names itself: the database may have changed since it logged in, and
        // it has no right to become anything else than it is.
        auto groups = own_groups();
        if (!groups) {
            return std::unexpected(groups.error());
        }
        identity.groups = std::move(*groups);
    } else if (request.supplementary_groups || asks_for_groups) {
        auto groups = request.supplementary_groups ? find_groups(*request.supplementary_groups)
                                                   : groups_of_user(identity);
        if (!groups) {
            return std::unexpected(groups.error());
        }
        identity.groups = std::move(*groups);
    }
    return identity;
}

}  // namespace respawnd::platform
