#include "daemon/start_requests.h"

#include <sys/stat.h>

#include <algorithm>

namespace respawnd::daemon {
namespace {

/// Helpers at the same time: each is a fork of the daemon. A thousand jobs of one user need one.
constexpr std::size_t most_helpers = 16;

platform::StartLookupRequest request_for(const core::JobDefinition& job) {
    const core::Program& program = job.program;
    return {program.user, program.group, program.supplementary_groups, program.environment_file,
            job.log.group};
}

/// Who is asked for, as a key; a NUL cannot occur in a name.
std::string user_key_of(const platform::StartLookupRequest& request) {
    const std::string separator(1, '\0');
    std::string key = "u" + request.user.value_or("") + separator + request.group.value_or("") +
                      separator + request.log_group.value_or("");
    if (request.supplementary_groups) {
        for (const std::string& group : *request.supplementary_groups) {
            key += separator + group;
        }
        key += separator + separator;
    }
    return key;
}

/// Changes when somebody edits the local user database: its tools write a new file in its place.
std::string database_stamp() {
    std::string stamp;
    for (const char* path : {"/etc/passwd", "/etc/group", "/etc/nsswitch.conf"}) {
        struct stat file{};
        if (stat(path, &file) == 0) {
            stamp += std::to_string(file.st_ino) + "." + std::to_string(file.st_mtim.tv_sec) + "." +
                     std::to_string(file.st_mtim.tv_nsec) + " ";
        }
    }
    return stamp;
}

}  // namespace

void StartRequests::forget_users_if_database_changed() {
    std::string stamp = database_stamp();
    if (stamp != database_stamp_) {
        users_.clear();
        database_stamp_ = std::move(stamp);
    }
}

std::optional<Known> StartRequests::ask(core::InstanceId id, core::Generation generation,
                                        const core::JobDefinition& job) {
    platform::StartLookupRequest request = request_for(job);
    std::string key;
    if (request.environment_files.empty()) {
        key = user_key_of(request);
        forget_users_if_database_changed();
        if (const auto known = users_.find(key); known != users_.end()) {
            return known->second;
        }
        for (Searches* searches : {&running_, &queued_}) {
            const auto same = std::ranges::find(*searches, key, &Search::user_key);
            if (same != searches->end()) {
                same->waiting.push_back({id, generation});
                return std::nullopt;
            }
        }
    }
    queued_.push_back({std::move(key), std::move(request), {{id, generation}}, {}, {}});
    begin_queued();
    return std::nullopt;
}

void StartRequests::begin_queued() {
    while (!queued_.empty() && running_.size() < most_helpers) {
        running_.splice(running_.end(), queued_, queued_.begin());
        const auto search = std::prev(running_.end());
        if (auto begun = begin(search); !begun) {
            finish(search, std::unexpected(std::move(begun).error()));
        }
    }
}

core::Result<void> StartRequests::begin(Searches::iterator search) {
    auto lookup = platform::start_lookup(search->request);
    if (!lookup) {
        return std::unexpected(std::move(lookup).error());
    }
    search->lookup.emplace(std::move(*lookup));
    own_processes_.watched.insert(search->lookup->pid());
    auto source = loop_.add_readable(search->lookup->fd(), platform::Priority::control,
                                     [this, search] { read(search); });
    if (!source) {
        return std::unexpected(std::move(source).error());
    }
    search->source = std::move(*source);
    return {};
}

void StartRequests::read(Searches::iterator search) {
    if (const auto known = search->lookup->read()) {
        finish(search, *known);
        begin_queued();
    }
}

void StartRequests::finish(Searches::iterator search, const Known& known) {
    if (known && !search->user_key.empty()) {
        users_[search->user_key] = *known;
    }
    const std::vector<Waiting> waiting = std::move(search->waiting);
    if (search->lookup) {
        own_processes_.dismiss(search->lookup->pid());
    }
    running_.erase(search);
    for (const Waiting& start : waiting) {
        answered_(start.id, start.generation, known);
    }
}

void StartRequests::cancel(core::Generation generation) {
    for (Searches* searches : {&running_, &queued_}) {
        for (auto search = searches->begin(); search != searches->end(); ++search) {
            if (std::erase_if(search->waiting, [&](const Waiting& start) {
                    return start.generation == generation;
                }) == 0) {
                continue;
            }
            // One that hangs would keep its place among the helpers.
            if (search->waiting.empty()) {
                if (search->lookup) {
                    own_processes_.dismiss(search->lookup->pid());
                }
                searches->erase(search);
                begin_queued();
            }
            return;
        }
    }
}

}  // namespace respawnd::daemon
