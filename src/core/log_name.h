// What the file of a job's output is called. The rule that no two jobs write one file and the
// daemon that opens it both ask here.
#pragma once

#include <string>

#include "core/job_definition.h"

namespace respawnd::core {

/// The path of the file that the instance writes: `path` with its placeholders replaced, and
/// NAME.log where there is none. A path that does not begin with / is a name in the log folder.
/// `error_output` asks for the file that standard error has of its own, for jobs that keep it
/// separate: NAME.err.log for NAME.log, NAME.err for any other name.
[[nodiscard]] std::string log_name(const JobDefinition& job, const InstanceName& instance,
                                   bool error_output);

}  // namespace respawnd::core
