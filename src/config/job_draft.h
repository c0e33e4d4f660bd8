// A job's definition while its file is being read, with the places that rules between keys and
// between jobs complain about.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/key_words.h"
#include "config/toml_node.h"
#include "core/job_definition.h"

namespace respawnd::config {

struct JobDraft {
    core::JobDefinition definition;
    /// The keys that the file itself sets, and where; those of [defaults] are not among them.
    std::vector<std::pair<const KeyWords*, Position>> given;
    /// `stderr = "separate"`, which has a meaning only while there is an output: `target` may
    /// stand before or behind it, or in the other one of [defaults] and the file.
    bool wants_separate_stderr = false;
    /// True while [defaults] itself is being read: there the file has no job's name.
    bool is_defaults = false;

    /// What a program sees of [log], from what is known of it so far.
    void settle_output() {
        definition.program.has_output = definition.log.target != core::LogTarget::none;
        definition.program.separate_stderr = definition.program.has_output && wants_separate_stderr;
    }

    [[nodiscard]] std::optional<Position> place_of(std::string_view table,
                                                   std::string_view name) const {
        for (const auto& [words, position] : given) {
            if (words->table == table && words->name == name) {
                return position;
            }
        }
        return std::nullopt;
    }
};

}  // namespace respawnd::config
