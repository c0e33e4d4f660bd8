// The half of JobFolder that lets judged files take effect and says what is wrong with them.
#include <functional>
#include <string>
#include <utility>

#include "daemon/job_folder.h"

namespace respawnd::daemon {
namespace {

using core::Content;

/// More complaints in one turn are counted only: a folder full of files of another kind.
constexpr std::size_t most_complaints = 50;

/// Never 0, which stands for nothing told.
std::uint64_t hash_of(const std::string& text) {
    return std::hash<std::string>()(text) | 1U;
}

}  // namespace

void JobFolder::settle(std::vector<Outcome> outcomes) {
    bool differs = false;
    Newcomers newcomers = std::exchange(kept_out_, {});
    for (Outcome& outcome : outcomes) {
        JudgedFile& judged = outcome.judged;
        if (judged.content == Content::gone) {
            files_.erase(outcome.job);
            newcomers.erase(outcome.job);
            differs |= definitions_.erase(outcome.job) != 0;
            continue;
        }
        File& file = files_[outcome.job];
        file.stamp = judged.stamp;
        file.may_change_unseen = platform::may_change_unseen(judged.stamp);
        if (judged.content == Content::same) {
            continue;
        }
        file.has_text = judged.has_text;
        file.text_hash = judged.text_hash;
        newcomers.erase(outcome.job);
        if (judged.content == Content::broken) {
            complain(outcome.job, rendered(judged.diagnostics));
            continue;
        }
        newcomers[outcome.job] = {.definition = std::move(judged.definition),
                                  .instances_place = std::move(judged.instances_place)};
    }
    differs |= admit(std::move(newcomers));
    if (complaints_in_this_turn_ > most_complaints) {
        callbacks_.tell(Level::error,
                        "and " + std::to_string(complaints_in_this_turn_ - most_complaints) +
                            " more files of " + reader_.shown_path +
                            " are refused: respawnd --check shows them all");
    }
    complaints_in_this_turn_ = 0;
    if (differs) {
        callbacks_.changed(definitions_);
    }
}

bool JobFolder::admit(Newcomers newcomers) {
    bool differs = false;
    const auto refusals = refused(newcomers, definitions_, reader_.settings);
    for (auto& [job, newcomer] : newcomers) {
        if (const auto refusal = refusals.find(job); refusal != refusals.end()) {
            complain(job, rendered(refusal->second));
            kept_out_.emplace(job, std::move(newcomer));
            continue;
        }
        mended(job);
        std::shared_ptr<const core::JobDefinition>& in_force = definitions_[job];
        if (in_force == nullptr || *in_force != *newcomer.definition) {
            in_force = std::move(newcomer.definition);
            differs = true;
        }
    }
    return differs;
}

void JobFolder::complain(const std::string& job, const std::string& complaint) {
    File& file = files_[job];
    file.is_refused = true;
    const std::uint64_t hash = hash_of(complaint);
    if (file.told == hash) {
        return;
    }
    file.told = hash;
    if (++complaints_in_this_turn_ > most_complaints) {
        return;
    }
    const bool is_known = definitions_.contains(job);
    callbacks_.tell(Level::error, complaint + reader_.shown(job) +
                                      (is_known ? ": the last good definition stays in force"
                                                : ": there is no such job until this is mended"));
}

void JobFolder::mended(const std::string& job) {
    File& file = files_[job];
    file.is_refused = false;
    if (std::exchange(file.told, 0) != 0) {
        callbacks_.tell(Level::info, reader_.shown(job) + ": mended");
    }
}

void JobFolder::tell_names(const std::vector<platform::ListedFile>& files) {
    std::set<std::string> names;
    for (const platform::ListedFile& file : files) {
        auto mistake = mistaken_name(file.name, reader_);
        if (!mistake) {
            continue;
        }
        if (!told_names_.contains(file.name)) {
            mistake->pop_back();
            callbacks_.tell(Level::error, *std::move(mistake));
        }
        names.insert(file.name);
    }
    told_names_ = std::move(names);
}

void JobFolder::tell_trouble(Trouble trouble, Level level, const std::string& text) {
    if (trouble == Trouble::none && trouble_ == Trouble::none) {
        return;
    }
    trouble_ = trouble;
    if (text != told_trouble_) {
        callbacks_.tell(level, text);
    }
    told_trouble_ = trouble == Trouble::none ? "" : text;
}

}  // namespace respawnd::daemon
