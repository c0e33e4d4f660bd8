#include "platform/output_fifo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace respawnd::platform {

namespace {

std::string quoted(const std::string& name) {
    return "\"output/" + name + "\"";
}

/// O_NONBLOCK everywhere: a FIFO opened for reading alone would wait for a writer.
core::Result<UniqueFd> open_fifo(int folder, const std::string& name, int flags) {
    UniqueFd fifo(::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY));
    if (!fifo) {
        return core::system_error("open " + quoted(name));
    }
    struct stat status{};
    if (::fstat(fifo.get(), &status) != 0) {
        return core::system_error("look at " + quoted(name));
    }
    if (!S_ISFIFO(status.st_mode)) {
        return core::failure(quoted(name) + " is not a FIFO");
    }
    return fifo;
}

bool same_file(int one, int other) {
    struct stat first{};
    struct stat second{};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

core::Result<OutputFifo> open_both_ends(int folder, const std::string& name,
                                        std::optional<FifoOwner> owner) {
    auto read_end = open_fifo(folder, name, O_RDONLY | O_NONBLOCK);
    if (!read_end) {
        return std::unexpected(read_end.error());
    }
    auto job_end = open_fifo(folder, name, O_RDWR);
    if (!job_end) {
        return std::unexpected(job_end.error());
    }
    if (!same_file(read_end->get(), job_end->get())) {
        return core::failure(quoted(name) + " was replaced while it was opened");
    }
    // By descriptor, so that the owner of nothing but this very FIFO is changed.
    if (owner && ::fchown(read_end->get(), owner->user, owner->group) != 0) {
        return core::system_error("give " + quoted(name) + " to the job's user");
    }
    return OutputFifo{std::move(*read_end), std::move(*job_end)};
}

}  // namespace

core::Result<OutputFifo> make_output_fifo(int folder, OutputName name,
                                          std::optional<FifoOwner> owner) {
    const std::string file = fifo_name(name);
    if (::mkfifoat(folder, file.c_str(), 0600) != 0) {
        return core::system_error("make " + quoted(file));
    }
    auto fifo = open_both_ends(folder, file, owner);
    if (!fifo) {
        (void)::unlinkat(folder, file.c_str(), 0);  // the first error is the one to tell
    }
    return fifo;
}

core::Result<UniqueFd> open_output_fifo(int folder, OutputName name) {
    return open_fifo(folder, fifo_name(name), O_RDONLY | O_NONBLOCK);
}

core::Result<UniqueFd> open_output_spool(int folder, OutputName name) {
    const std::string file = spool_name(name);
    UniqueFd spool(::openat(folder, file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!spool) {
        return core::system_error("open " + quoted(file));
    }
    return spool;
}

core::Result<void> remove_output(int folder, OutputName name) {
    for (const std::string& file : {fifo_name(name), spool_name(name)}) {
        if (::unlinkat(folder, file.c_str(), 0) != 0 && errno != ENOENT) {
            return core::system_error("remove " + quoted(file));
        }
    }
    return {};
}

}  // namespace respawnd::platform
