// From the text of a job file to a definition, or to all that is wrong with it.
//
// The table of config/job_keys is walked twice: over [defaults] of the settings, which are known
// to be good, and over the file itself. So tables of the two merge key by key, and whatever
// the file sets replaces what the defaults say.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/complaints.h"
#include "config/diagnostic.h"
#include "config/job_draft.h"
#include "config/toml_node.h"
#include "core/job_definition.h"
#include "core/settings.h"

namespace respawnd::config {

/// [defaults] of the settings file, read and found good by config/settings_reader.
struct Defaults {
    Table table;
};

struct JobText {
    std::string_view name;  ///< the stem of the file's name
    std::string_view file;  ///< the file as messages name it
    std::string_view text;
};

struct ReadJob {
    /// None when there is any diagnostic.
    std::optional<core::JobDefinition> definition;
    std::vector<Diagnostic> diagnostics;
    /// Where `instances` stands, or else the beginning of the file: rules between jobs complain
    /// here. Its message is empty.
    Diagnostic instances_place;
};

[[nodiscard]] ReadJob read_job(const JobText& job, const core::Settings& settings,
                               const Defaults& defaults);

/// Reads [defaults] into the draft with a complaint for each mistake. For the settings reader.
void read_defaults(const Table& table, JobDraft& draft, Complaints& complaints);

/// Why a word cannot be the name of a job; nothing when it can.
[[nodiscard]] std::optional<std::string> job_name_mistake(std::string_view name);

}  // namespace respawnd::config
