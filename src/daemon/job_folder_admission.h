// Which new definitions may come into force beside those that are: the rules of
// config/job_set_rules, asked so that a newcomer is refused and never a job that runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "core/definition_diff.h"
#include "core/settings.h"

namespace respawnd::daemon {

/// A good definition that is not in force yet.
struct Newcomer {
    std::shared_ptr<const core::JobDefinition> definition;
    config::Diagnostic instances_place;
};
using Newcomers = std::map<std::string, Newcomer>;

/// The newcomers that are refused, with the reasons. `others` are the definitions that stay; one
/// of a newcomer's name is about to be replaced and does not count.
[[nodiscard]] std::map<std::string, std::vector<config::Diagnostic>> refused(
    const Newcomers& newcomers, const core::DefinitionSet& others, const core::Settings& settings);

}  // namespace respawnd::daemon
