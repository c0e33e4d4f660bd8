#include "core/definition_diff.h"

namespace respawnd::core {
namespace {

bool has_number(const JobDefinition* definition, std::uint32_t number) {
    return definition != nullptr && number >= definition->first_instance &&
           number - definition->first_instance < definition->instances;
}

/// Sorts the numbers of both definitions into coming, going and staying.
void sort_numbers(JobDifference& difference, const JobDefinition* before,
                  const JobDefinition* wanted) {
    if (before != nullptr) {
        for (std::uint32_t i = 0; i < before->instances; ++i) {
            const std::uint32_t number = before->first_instance + i;
            (has_number(wanted, number) ? difference.staying : difference.going).push_back(number);
        }
    }
    if (wanted != nullptr) {
        for (std::uint32_t i = 0; i < wanted->instances; ++i) {
            const std::uint32_t number = wanted->first_instance + i;
            if (!has_number(before, number)) {
                difference.coming.push_back(number);
            }
        }
    }
}

}  // namespace

std::vector<JobDifference> difference(const DefinitionSet& before, const DefinitionSet& wanted) {
    std::vector<JobDifference> differences;
    const auto add = [&](JobDifference::Kind kind, const std::string& job,
                         const JobDefinition* old_one, const JobDefinition* new_one) {
        JobDifference entry{.kind = kind, .job = job};
        entry.program =
            old_one != nullptr && new_one != nullptr && old_one->program != new_one->program;
        sort_numbers(entry, old_one, new_one);
        differences.push_back(std::move(entry));
    };
    auto old_one = before.begin();
    auto new_one = wanted.begin();
    while (old_one != before.end() || new_one != wanted.end()) {
        const bool only_old =
            new_one == wanted.end() || (old_one != before.end() && old_one->first < new_one->first);
        const bool only_new =
            old_one == before.end() || (new_one != wanted.end() && new_one->first < old_one->first);
        if (only_old) {
            add(JobDifference::Kind::removed, old_one->first, old_one->second.get(), nullptr);
            ++old_one;
        } else if (only_new) {
            add(JobDifference::Kind::added, new_one->first, nullptr, new_one->second.get());
            ++new_one;
        } else {
            if (*old_one->second != *new_one->second) {
                add(JobDifference::Kind::changed, old_one->first, old_one->second.get(),
                    new_one->second.get());
            }
            ++old_one;
            ++new_one;
        }
    }
    return differences;
}

}  // namespace respawnd::core
