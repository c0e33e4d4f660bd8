// From the text of respawnd.toml to settings and the jobs' defaults, or to all that is wrong with
// it; and back, for `respawnd --settings`. The same mechanism of rows as for job files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/job_reader.h"
#include "config/key_words.h"
#include "config/value.h"
#include "core/settings.h"

namespace respawnd::config {

struct SettingsKey {
    KeyWords words;
    /// Null for a key that is not supported yet, as is the next.
    void (*read)(const Value& value, core::Settings& settings) = nullptr;
    /// The value in force as TOML, or nothing where nothing is set.
    std::optional<std::string> (*text)(const core::Settings& settings) = nullptr;
};

/// All rows but those below [defaults], which are the job keys'.
[[nodiscard]] std::span<const SettingsKey> settings_keys();

struct ReadSettings {
    /// None when there is any diagnostic.
    std::optional<core::Settings> settings;
    Defaults defaults;
    std::vector<Diagnostic> diagnostics;
};

/// An empty text gives the built-in settings.
[[nodiscard]] ReadSettings read_settings(std::string_view file, std::string_view text);

}  // namespace respawnd::config
