// Rules between the keys of one job. Each complains at a key that the file itself sets; when both
// keys of a pair come from [defaults], the settings file has been told already. What a rule says of
// the job's name stands at the beginning of the file.
#pragma once

#include "config/complaints.h"
#include "config/job_draft.h"

namespace respawnd::config {

void check_job_rules(const JobDraft& draft, Complaints& complaints);

}  // namespace respawnd::config
