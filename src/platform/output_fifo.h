// The named FIFO that one run of an instance writes to. It has a name so that whoever comes next
// can open it again, wherever the job's own descriptors have gone by then.
//
// The job's end is opened for reading and writing: a write never fails for want of a reader, so a
// job outlives its logger. The read end is an open file description of its own, so that its
// O_NONBLOCK does not change what the job sees.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "platform/output_name.h"
#include "platform/unique_fd.h"

namespace respawnd::platform {

struct FifoOwner {
    uid_t user = 0;
    gid_t group = 0;
};

struct OutputFifo {
    UniqueFd read_end;  ///< O_RDONLY | O_NONBLOCK, for the logger
    UniqueFd job_end;   ///< O_RDWR, for standard output and standard error of the job
};

/// Makes the FIFO in `folder`, 0600, owned by `owner` if one is given. A name that is taken is an
/// error, as is anything but the FIFO just made behind it.
[[nodiscard]] core::Result<OutputFifo> make_output_fifo(int folder, OutputName name,
                                                        std::optional<FifoOwner> owner);

/// A further read end of a FIFO that exists.
[[nodiscard]] core::Result<UniqueFd> open_output_fifo(int folder, OutputName name);

/// The file beside the FIFO, 0600 and ours, that takes what has left it; made when it is missing.
[[nodiscard]] core::Result<UniqueFd> open_output_spool(int folder, OutputName name);

/// Removes FIFO and spool; who has them open keeps them. What is gone already is no error.
[[nodiscard]] core::Result<void> remove_output(int folder, OutputName name);

}  // namespace respawnd::platform
