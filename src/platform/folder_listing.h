// The names of the job files in a folder: whole, bounded and sorted, or an error. A listing that
// broke off half-way would look like files that are gone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/trusted_file.h"

namespace respawnd::platform {

inline constexpr std::string_view job_file_ending = ".toml";

/// Files of a folder that are no job files count too, up to ten times as many.
inline constexpr std::size_t most_job_files = 100'000;

/// True for `x.toml`; false for `.x.toml`, and for whatever else editors and packagers leave.
[[nodiscard]] bool is_name_of_job_file(std::string_view name);

struct ListedFile {
    std::string name;
    /// Of what a link points to. All zero where it cannot be looked at: then reading tells why.
    FileStamp stamp;
};

/// Sorted by name.
[[nodiscard]] core::Result<std::vector<ListedFile>> list_job_files(const TrustedFolder& folder);

}  // namespace respawnd::platform
