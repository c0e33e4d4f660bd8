#include "platform/output_fifo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace respawnd::platform {

namespace {

std::string quoted(std::uint64_t generation) {
    return "\"output/" + output_fifo_name(generation) + "\"";
}

/// O_NONBLOCK everywhere: a FIFO opened for reading alone would wait for a writer.
core::Result<UniqueFd> open_fifo(int folder, std::uint64_t generation, int flags) {
    const std::string name = output_fifo_name(generation);
    UniqueFd fifo(::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY));
    if (!fifo) {
        return core::system_error("open " + quoted(generation));
    }
    struct stat status{};
    if (::fstat(fifo.get(), &status) != 0) {
        return core::system_error("look at " + quoted(generation));
    }
    if (!S_ISFIFO(status.st_mode)) {
        return core::failure(quoted(generation) + " is not a FIFO");
    }
    return fifo;
}

bool same_file(int one, int other) {
    struct stat first{};
    struct stat second{};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

core::Result<OutputFifo> open_both_ends(int folder, std::uint64_t generation,
                                        std::optional<FifoOwner> owner) {
    auto read_end = open_fifo(folder, generation, O_RDONLY | O_NONBLOCK);
    if (!read_end) {
        return std::unexpected(read_end.error());
    }
    auto job_end = open_fifo(folder, generation, O_RDWR);
    if (!job_end) {
        return std::unexpected(job_end.error());
    }
    if (!same_file(read_end->get(), job_end->get())) {
        return core::failure(quoted(generation) + " was replaced while it was opened");
    }
    // By descriptor, so that the owner of nothing but this very FIFO is changed.
    if (owner && ::fchown(read_end->get(), owner->user, owner->group) != 0) {
        return core::system_error("give " + quoted(generation) + " to the job's user");
    }
    return OutputFifo{std::move(*read_end), std::move(*job_end)};
}

}  // namespace

std::string output_fifo_name(std::uint64_t generation) {
    static constexpr std::array digits{'0', '1', '2', '3', '4', '5', '6', '7',
                                       '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    std::string name(16, '0');
    for (std::size_t at = name.size(); at-- > 0; generation >>= 4U) {
        name[at] = digits[generation & 15U];
    }
    return name;
}

core::Result<OutputFifo> make_output_fifo(int folder, std::uint64_t generation,
                                          std::optional<FifoOwner> owner) {
    const std::string name = output_fifo_name(generation);
    if (::mkfifoat(folder, name.c_str(), 0600) != 0) {
        return core::system_error("make " + quoted(generation));
    }
    auto fifo = open_both_ends(folder, generation, owner);
    if (!fifo) {
        (void)::unlinkat(folder, name.c_str(), 0);  // the first error is the one to tell
    }
    return fifo;
}

core::Result<UniqueFd> open_output_fifo(int folder, std::uint64_t generation) {
    return open_fifo(folder, generation, O_RDONLY | O_NONBLOCK);
}

core::Result<void> remove_output_fifo(int folder, std::uint64_t generation) {
    if (::unlinkat(folder, output_fifo_name(generation).c_str(), 0) != 0 && errno != ENOENT) {
        return core::system_error("remove " + quoted(generation));
    }
    return {};
}

}  // namespace respawnd::platform
