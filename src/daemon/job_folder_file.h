// One file of the job folder, from its name to what it asks for, or to what is wrong with it; and
// the whole folder once, for `respawnd --check`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/job_reader.h"
#include "core/file_settling.h"
#include "core/job_definition.h"
#include "core/settings.h"
#include "platform/trusted_file.h"

namespace respawnd::daemon {

/// What files are read against, and how messages name the folder.
struct FolderReader {
    std::string shown_path;
    core::Settings settings;
    config::Defaults defaults;

    [[nodiscard]] std::string shown(const std::string& job) const;
};

struct JudgedFile {
    core::Content content = core::Content::gone;
    core::Writer writer = core::Writer::unknown;
    bool is_linked = false;
    platform::FileStamp stamp;
    std::uint64_t text_hash = 0;
    /// False when the file could not be read: then nothing is known of its text.
    bool has_text = false;
    /// True when the reason is the machine's and not the file's: its end brings no event.
    bool is_worth_another_try = false;
    /// For good content. In its last place from the beginning: a folder of a thousand files would
    /// otherwise leave as many holes in the heap, which never give their memory back.
    std::shared_ptr<const core::JobDefinition> definition;
    std::vector<config::Diagnostic> diagnostics;  ///< for broken content
    config::Diagnostic instances_place;
};

/// `known_hash` is of the text that was judged last: the same text is not parsed again.
[[nodiscard]] JudgedFile judge_file(const platform::TrustedFolder& folder, const std::string& job,
                                    std::optional<std::uint64_t> known_hash,
                                    const FolderReader& reader);

/// All mistakes of a file as a text; lines end in a newline. Very many are summed up.
[[nodiscard]] std::string rendered(const std::vector<config::Diagnostic>& diagnostics);

/// `x.toml: error: "x y" cannot be the name of a job ...`, or nothing for a good name.
[[nodiscard]] std::optional<std::string> mistaken_name(const std::string& file_name,
                                                       const FolderReader& reader);

/// True for an error that is over some day without any event of the folder: no descriptors, no
/// memory, a disk that answers again.
[[nodiscard]] bool is_passing(const core::Error& error);

/// What to say about a folder that is not there.
[[nodiscard]] std::string missing_folder(const std::string& shown_path);

struct CheckResult {
    /// What to tell, lines end in a newline: the mistakes, or that there is no folder, which is
    /// none.
    std::vector<std::string> texts;
    std::size_t jobs = 0;  ///< good ones
    std::size_t mistaken_files = 0;
};

/// `path` is absolute; `shown_path` is how messages name it.
[[nodiscard]] CheckResult check_folder(const std::string& path, const std::string& shown_path,
                                       const core::Settings& settings,
                                       const config::Defaults& defaults);

}  // namespace respawnd::daemon
