#include "daemon/loggers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/log_name.h"
#include "platform/local_names.h"
#include "platform/runtime_directory.h"

namespace respawnd::daemon {
namespace {

namespace protocol = platform::logger_protocol;
using core::Result;
using platform::Channel;
using platform::OutputName;

/// The user that a package makes for the logger.
constexpr const char* logger_user = "respawnd-log";
constexpr const char* log_readers = "adm";

/// Of the logger for the log folder: its own user where there is one, else whoever owns the folder.
/// Always with the group that reads logs, to which it gives its files.
std::optional<platform::Identity> identity_for(const std::string& log_directory) {
    if (geteuid() != 0) {
        return std::nullopt;
    }
    platform::Identity identity;
    struct stat folder{};
    if (auto user = platform::local_user(logger_user)) {
        identity = std::move(*user);
    } else if (stat(log_directory.c_str(), &folder) == 0 && folder.st_uid != 0) {
        identity.uid = folder.st_uid;
        identity.gid = folder.st_gid;
    }
    if (const auto group = platform::local_group(log_readers)) {
        identity.groups.push_back(*group);
    }
    return identity;
}

protocol::Target target_of(core::LogTarget target) {
    switch (target) {
        case core::LogTarget::inherit:
            return protocol::Target::inherit;
        case core::LogTarget::journal:
            return protocol::Target::journal;
        case core::LogTarget::file:
        case core::LogTarget::none:  // has no stream
            break;
    }
    return protocol::Target::file;
}

protocol::Output output_of(const core::Member& member, Channel channel, std::uint64_t group) {
    const core::LogSettings& log = member.definition->log;
    protocol::Output output;
    output.target = target_of(log.target);
    output.timestamps = log.timestamps;
    if (output.target != protocol::Target::file) {
        return output;
    }
    output.file =
        core::log_name(*member.definition, member.instance.name, channel == Channel::error);
    output.mode = log.mode;
    output.group = group;
    output.max_size = log.max_size == core::unlimited_size ? protocol::no_limit : log.max_size;
    output.keep = log.keep;
    output.max_total = log.max_total == core::unlimited_size ? protocol::no_limit : log.max_total;
    output.compression = log.compress == core::LogCompression::zstd ? protocol::Compression::zstd
                                                                    : protocol::Compression::none;
    return output;
}

/// In the log folder the name alone is what the logger gets.
std::string in_log_folder(const std::string& file, const std::string& log_directory) {
    const std::string folder = log_directory + "/";
    const bool lies_there = file.starts_with(folder) && file.find('/', folder.size()) == file.npos;
    return lies_there ? file.substr(folder.size()) : file;
}

}  // namespace

Result<std::unique_ptr<Loggers>> Loggers::make(platform::EventLoop& loop, OwnLog& log,
                                               OwnProcesses& own_processes, Places places) {
    std::unique_ptr<Loggers> loggers(new Loggers(loop, log, own_processes, std::move(places)));
    auto link = loggers->make_link(identity_for(loggers->places_.log_directory), "");
    if (!link) {
        return std::unexpected(std::move(link).error());
    }
    loggers->main_ = std::move(*link);
    return loggers;
}

Result<std::unique_ptr<LoggerLink>> Loggers::make_link(std::optional<platform::Identity> identity,
                                                       std::string whose) {
    return LoggerLink::make(loop_, log_, own_processes_,
                            {.program = places_.program,
                             .log_directory = places_.log_directory,
                             .output_folder = places_.output_folder.get(),
                             .identity = std::move(identity),
                             .whose = std::move(whose)});
}

/// Nobody but the job's user decides what lies at a path outside the log folder, so nobody else's
/// rights are used there.
Result<LoggerLink*> Loggers::link_for(const std::string& file,
                                      const platform::StartLookupAnswer& known) {
    const platform::Identity& user = known.identity;
    if (!file.starts_with('/') || geteuid() != 0) {
        return main_.get();
    }
    std::string key = std::to_string(user.uid) + ":" + std::to_string(user.gid);
    for (const gid_t group : user.groups) {
        key += "," + std::to_string(group);
    }
    std::unique_ptr<LoggerLink>& link = of_users_[key];
    if (link == nullptr) {
        auto made = make_link(user, " of user " + user.user_name);
        if (!made) {
            of_users_.erase(key);
            return std::unexpected(std::move(made).error());
        }
        link = std::move(*made);
    }
    return link.get();
}

LoggerLink* Loggers::link_of(OutputName name) const {
    if (main_->find(name) != nullptr) {
        return main_.get();
    }
    for (const auto& [user, link] : of_users_) {
        if (link->find(name) != nullptr) {
            return link.get();
        }
    }
    return nullptr;
}

Result<platform::OutputFifo> Loggers::make_fifo(OutputName name,
                                                std::optional<platform::FifoOwner> owner) {
    auto fifo = platform::make_output_fifo(places_.output_folder.get(), name, owner);
    if (fifo || fifo.error().number != ENOENT) {
        return fifo;
    }
    // Somebody has cleaned up the run-time directory; what runs has its FIFOs open.
    const bool is_missing = access((places_.runtime_directory + "/output").c_str(), F_OK) != 0;
    auto folder = platform::make_runtime_directory(places_.runtime_directory);
    if (!folder) {
        return std::unexpected(std::move(folder).error());
    }
    if (is_missing) {
        log_.warning("the folder " + places_.runtime_directory +
                     "/output had been removed; it is made again");
    }
    places_.output_folder = std::move(*folder);
    main_->use_folder(places_.output_folder.get());
    for (const auto& [user, link] : of_users_) {
        link->use_folder(places_.output_folder.get());
    }
    return platform::make_output_fifo(places_.output_folder.get(), name, owner);
}

Result<platform::UniqueFd> Loggers::open_channel(const core::Member& member, OutputName name,
                                                 const platform::StartLookupAnswer& known) {
    protocol::Output output =
        output_of(member, name.channel, known.log_group.value_or(protocol::no_group));
    output.file = in_log_folder(output.file, places_.log_directory);
    const auto link = link_for(output.file, known);
    if (!link) {
        return std::unexpected(link.error());
    }
    std::optional<platform::FifoOwner> owner;
    if (!platform::is_own_identity(known.identity)) {
        owner = platform::FifoOwner{known.identity.uid, known.identity.gid};
    }
    auto fifo = make_fifo(name, owner);
    if (!fifo) {
        return std::unexpected(std::move(fifo).error());
    }
    Result<platform::UniqueFd> spool;
    if (output.target != protocol::Target::inherit) {
        spool = platform::open_output_spool(places_.output_folder.get(), name);
        if (!spool) {
            return spool;
        }
    }
    if (known.log_group && *link == main_.get()) {
        main_->need_group(*known.log_group);
    }
    const std::string instance = member.full_name();
    const bool tells = member.definition->log.events && name.channel == Channel::output;
    (*link)->open({.name = name,
                   .instance = instance,
                   .job = member.instance.name.job,
                   .output = std::move(output),
                   .event = tells ? "respawnd: " + instance + ": started" : ""},
                  std::move(fifo->read_end), std::move(*spool));
    return std::move(fifo->job_end);
}

Result<JobOutput> Loggers::open(const core::Member& member, core::Generation generation,
                                const platform::StartLookupAnswer& known) {
    JobOutput output;
    auto opened = open_channel(member, {generation, Channel::output}, known);
    if (!opened) {
        return std::unexpected(std::move(opened).error());
    }
    output.output = std::move(*opened);
    if (member.definition->program.separate_stderr) {
        auto error = open_channel(member, {generation, Channel::error}, known);
        if (!error) {
            run_ended(generation, "");
            return std::unexpected(std::move(error).error());
        }
        output.error = std::move(*error);
    }
    return output;
}

Result<JobOutput> Loggers::job_ends(core::Generation generation) const {
    JobOutput output;
    for (const auto& [channel, end] :
         {std::pair(Channel::output, &output.output), std::pair(Channel::error, &output.error)}) {
        const OutputName name{generation, channel};
        if (link_of(name) == nullptr) {
            continue;
        }
        end->reset(openat(places_.output_folder.get(), platform::fifo_name(name).c_str(),
                          O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY));
        if (!*end) {
            return core::system_error("open the output of the job");
        }
    }
    return output;
}

void Loggers::change(const core::Member& member, core::Generation generation) {
    for (const auto channel : {Channel::output, Channel::error}) {
        const OutputName name{generation, channel};
        LoggerLink* link = link_of(name);
        if (link == nullptr) {
            continue;
        }
        const protocol::Output& now = link->find(name)->output;
        protocol::Output wanted = output_of(member, channel, now.group);
        wanted.file = in_log_folder(wanted.file, places_.log_directory);
        // To another logger, or to and from standard output, it moves with the next start.
        const bool moves = (now.target == protocol::Target::inherit) !=
                               (wanted.target == protocol::Target::inherit) ||
                           now.file.starts_with('/') != wanted.file.starts_with('/');
        if (!moves) {
            link->change(name, std::move(wanted));
        }
    }
}

void Loggers::run_ended(core::Generation generation, const std::string& how) {
    LoggerLink* link = link_of({generation, Channel::output});
    if (link == nullptr) {
        return;
    }
    const protocol::StreamOpened* opened = link->find({generation, Channel::output});
    const bool tells = !opened->event.empty() && !how.empty();
    link->run_ended(generation, tells ? "respawnd: " + opened->instance + ": " + how : "");
    if (LoggerLink* other = link_of({generation, Channel::error}); other != nullptr) {
        other->run_ended(generation, "");
    }
}

void Loggers::limit_total(std::optional<std::uint64_t> bytes) {
    main_->limit_total(bytes.value_or(protocol::no_limit));
}

void Loggers::finish(std::function<void()> finished) {
    unfinished_ = 1 + of_users_.size();
    const auto one_less = [this, finished = std::move(finished)] {
        if (--unfinished_ == 0) {
            finished();
        }
    };
    for (const auto& [user, link] : of_users_) {
        link->finish(one_less);
    }
    main_->finish(one_less);
}

}  // namespace respawnd::daemon
