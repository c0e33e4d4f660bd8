// THE table of the keys of a job file. What a key is called, what it may hold, what stands for it
// when it is left out, and whether a change of it restarts a running program, is written in one
// row. The reader, `respawnd --settings` and the tests of the manual all work from the rows: a
// key is added by adding a row, a case below tests/unit/config/cases, and a paragraph of
// respawnd.job(5).
#pragma once

#include <span>

#include "config/job_draft.h"
#include "config/key_words.h"
#include "config/value.h"

namespace respawnd::config {

/// What a change of a key does to a program that runs.
enum class Change {
    live,     ///< nothing; the change applies from the next decision about the instance on
    restart,  ///< the program has to be started again to see it
};

struct JobKey {
    KeyWords words;
    Change change = Change::live;
    bool in_defaults = true;  ///< may stand below [defaults] of the settings
    /// Reads the value into the draft, or complains; null for a key that is not supported yet.
    void (*read)(const Value& value, JobDraft& draft) = nullptr;
};

/// All rows: first those above the first [table], then table by table.
[[nodiscard]] std::span<const JobKey> job_keys();

}  // namespace respawnd::config
