// Paths and names of folders, read from a job file. Whether they exist is found out at the start of
// the program. They keep their placeholders, which are known to be good for the job of that name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace respawnd::config {

/// True for a path from the root; complains otherwise.
[[nodiscard]] bool is_good_path(const Value& value, std::string_view path, std::string_view job);

/// A path from the root.
[[nodiscard]] std::optional<std::string> read_absolute_path(const Value& value,
                                                            std::string_view job);

/// Names of folders to be made below /run or /var/lib.
[[nodiscard]] std::optional<std::vector<std::string>> read_folder_names(const Value& value,
                                                                        std::string_view job);

}  // namespace respawnd::config
