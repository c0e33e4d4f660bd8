#include "daemon/job_folder.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace respawnd::daemon {
namespace {

using core::Arrival;
using core::Content;
using platform::FolderChange;
using platform::FolderWatch;

/// How often the folder is listed where it cannot be watched, or where an error is over some day
/// without an event.
constexpr core::Duration polling = std::chrono::seconds(2);

/// Whoever still wonders then is told what is waited for.
constexpr core::Duration told_of_a_writer_after = std::chrono::seconds(10);

std::string job_of(const std::string& file_name) {
    return file_name.substr(0, file_name.size() - platform::job_file_ending.size());
}

}  // namespace

JobFolder::JobFolder(platform::EventLoop& loop, std::string path, FolderReader reader,
                     Callbacks callbacks)
    : loop_(loop),
      path_(std::move(path)),
      reader_(std::move(reader)),
      callbacks_(std::move(callbacks)) {}

core::Result<std::unique_ptr<JobFolder>> JobFolder::make(platform::EventLoop& loop,
                                                         std::string path, std::string shown_path,
                                                         core::Settings settings,
                                                         config::Defaults defaults,
                                                         Callbacks callbacks) {
    std::unique_ptr<JobFolder> folder(new JobFolder(loop, std::move(path),
                                                    {.shown_path = std::move(shown_path),
                                                     .settings = std::move(settings),
                                                     .defaults = std::move(defaults)},
                                                    std::move(callbacks)));
    auto timer = loop.add_timer(platform::Priority::folder,
                                [object = folder.get()] { object->time_came(); });
    if (!timer) {
        return std::unexpected(std::move(timer).error());
    }
    folder->timer_ = *std::move(timer);
    return folder;
}

void JobFolder::read_now() {
    if (is_stopped_) {
        return;
    }
    look_at_all(Haste::none);
    schedule();
}

void JobFolder::set_settings(core::Settings settings, config::Defaults defaults) {
    reader_.settings = std::move(settings);
    reader_.defaults = std::move(defaults);
    reads_all_again_ = true;
    read_now();
}

void JobFolder::stop() {
    is_stopped_ = true;
    watch_.reset();
    timer_.reset();
    pending_.clear();
}

std::size_t JobFolder::mistaken_files() const {
    const auto refused =
        std::ranges::count_if(files_, [](const auto& file) { return file.second.is_refused; });
    return static_cast<std::size_t>(refused) + told_names_.size();
}

void JobFolder::events_arrived() {
    take_changes();
    time_came();
}

void JobFolder::time_came() {
    // The timer may have come before events that are there already.
    take_changes();
    const core::Instant now = loop_.now();
    const bool some_are_due = std::ranges::any_of(
        pending_, [&](const auto& entry) { return entry.second.look_at <= now; });
    if (whole_look_at_ <= now) {
        look_at_all(Haste::wait_for_quiet);
    } else if (some_are_due) {
        auto folder = platform::open_trusted_folder(platform::walk_path(path_));
        if (folder && folder->identity == identity_) {
            look_at_due(*folder, Haste::wait_for_quiet);
        } else {
            look_at_all(Haste::wait_for_quiet);
        }
    }
    schedule();
}

void JobFolder::take_changes() {
    if (watch_ == nullptr) {
        return;
    }
    const platform::FolderChanges changes = watch_->take_changes();
    if (changes.look_at_all) {
        whole_look_at_ = loop_.now();
    }
    for (const FolderChange& change : changes.files) {
        last_event_ = loop_.now();
        const std::string job = job_of(change.name);
        if (config::job_name_mistake(job)) {
            whole_look_at_ = std::min(whole_look_at_, loop_.now() + core::quiet_of_a_file);
            continue;
        }
        const auto earlier = pending_.find(job);
        const bool is_touched = change.kind == FolderChange::Kind::touched;
        if (is_touched && earlier != pending_.end() &&
            earlier->second.arrival == Arrival::in_one_piece) {
            continue;  // the owner of a file that was renamed into place: it is whole all the same
        }
        Pending& pending =
            notice(job, change.kind == FolderChange::Kind::placed ? Arrival::in_one_piece
                                                                  : Arrival::written_in_place);
        if (change.kind == FolderChange::Kind::made) {
            pending.was_made = true;
            pending.look_at = loop_.now();
        }
        if (change.kind == FolderChange::Kind::gone) {
            last_gone_ = loop_.now();
        }
    }
}

JobFolder::Pending& JobFolder::notice(const std::string& job, Arrival arrival) {
    Pending& pending = pending_[job];
    pending.last_change = loop_.now();
    pending.arrival = arrival;
    pending.was_made = false;
    pending.is_missing_in_another_folder = false;
    pending.revision = ++revision_;
    pending.look_at = arrival == Arrival::in_one_piece
                          ? pending.last_change
                          : core::after(pending.last_change, core::quiet_of_a_file);
    return pending;
}

void JobFolder::watch(const platform::PathWalk& walk, FolderWatch::Eagerness eagerness) {
    std::optional<core::Error> failure;
    if (watch_ == nullptr) {
        auto made = FolderWatch::make(loop_, [this] { events_arrived(); });
        if (made) {
            watch_ = *std::move(made);
        } else {
            failure = std::move(made).error();
        }
    }
    if (watch_ != nullptr) {
        if (auto followed = watch_->follow(walk, eagerness); !followed) {
            failure = std::move(followed).error();
            watch_.reset();
        }
    }
    if (failure && !is_polling_) {
        callbacks_.tell(Level::warning, reader_.shown_path + " cannot be watched (" +
                                            failure->text() +
                                            "): it is looked at every 2 s until it can");
    }
    if (!failure && is_polling_) {
        callbacks_.tell(Level::info, reader_.shown_path + " is watched again");
    }
    is_polling_ = failure.has_value();
}

platform::PathWalk JobFolder::watched_walk(FolderWatch::Eagerness eagerness) {
    platform::PathWalk before = platform::walk_path(path_);
    // What appears between the walk and the watch leaves no event, but another way.
    constexpr int most_tries = 10;
    for (int i = 0; i < most_tries; ++i) {
        watch(before, eagerness);
        platform::PathWalk after = platform::walk_path(path_);
        if (platform::same_way(before, after)) {
            return after;
        }
        before = std::move(after);
    }
    whole_look_at_ = core::after(loop_.now(), core::quiet_of_a_file);
    return before;
}

core::Result<platform::TrustedFolder> JobFolder::open_and_watch() {
    auto folder = platform::open_trusted_folder(watched_walk(FolderWatch::Eagerness::ordinary));
    if (folder || folder.error().number == ENOENT) {
        return folder;
    }
    return platform::open_trusted_folder(watched_walk(FolderWatch::Eagerness::wait_for_rights));
}

void JobFolder::look_at_all(Haste haste) {
    whole_look_at_ = core::no_deadline;
    auto folder = open_and_watch();
    auto files = folder ? platform::list_job_files(*folder) : std::unexpected(folder.error());
    const std::string known_go_on =
        definitions_.empty() ? "" : "; the jobs that are known go on as they are";
    if (!files) {
        pending_.clear();
        if (files.error().number == ENOENT) {
            tell_trouble(Trouble::missing, Level::warning,
                         missing_folder(reader_.shown_path) + known_go_on);
        } else {
            tell_trouble(Trouble::unreadable, Level::error,
                         reader_.shown_path + ": error: " + files.error().text() + known_go_on);
            if (is_passing(files.error())) {
                whole_look_at_ = core::after(loop_.now(), polling);
            }
        }
        return;
    }
    const bool is_another = identity_ && folder->identity != *identity_;
    if (is_another && files->empty() && !definitions_.empty()) {
        pending_.clear();
        tell_trouble(Trouble::empty, Level::warning,
                     reader_.shown_path + ": an empty folder has taken its place" + known_go_on);
        return;
    }
    tell_trouble(
        Trouble::none, Level::info,
        reader_.shown_path + (trouble_ == Trouble::missing ? ": the job folder is there now"
                                                           : ": the job folder is read again"));
    identity_ = folder->identity;
    tell_names(*files);
    notice_differences(*files, is_another);
    look_at_due(*folder, haste);
}

void JobFolder::notice_differences(const std::vector<platform::ListedFile>& files,
                                   bool is_another) {
    for (const platform::ListedFile& listed : files) {
        const std::string job = job_of(listed.name);
        if (config::job_name_mistake(job)) {
            continue;
        }
        const auto file = files_.find(job);
        const bool is_known = file != files_.end() &&
                              (file->second.has_text || file->second.is_refused) &&
                              file->second.stamp == listed.stamp &&
                              !file->second.may_change_unseen && !reads_all_again_;
        if (!is_known && !pending_.contains(job)) {
            notice(job, Arrival::written_in_place);
        }
        if (file == files_.end()) {
            files_[job];
        } else if (reads_all_again_) {
            file->second.has_text = false;
        }
    }
    reads_all_again_ = false;
    notice_missing(files, is_another);
}

void JobFolder::notice_missing(const std::vector<platform::ListedFile>& files, bool is_another) {
    auto listed = files.begin();
    for (const auto& [job, file] : files_) {
        const std::string name = job + std::string(platform::job_file_ending);
        // Names of files sort otherwise than their stems: `a-b.toml` comes before `a.toml`.
        listed = std::ranges::lower_bound(files, name, {}, &platform::ListedFile::name);
        if (listed != files.end() && listed->name == name) {
            continue;
        }
        if (is_another || !pending_.contains(job)) {
            Pending& pending = notice(job, Arrival::written_in_place);
            pending.is_missing_in_another_folder = is_another;
            last_gone_ = loop_.now();
        }
    }
}

core::Instant JobFolder::gone_for_good_at(const Pending& pending) const {
    if (pending.is_missing_in_another_folder) {
        return core::after(std::max(pending.last_change, last_event_),
                           core::quiet_of_another_folder);
    }
    // While one file after the other goes, the folder itself may be about to go.
    return core::after(std::max(pending.last_change, last_gone_), core::quiet_of_a_file);
}

std::optional<JobFolder::Outcome> JobFolder::judge(const platform::TrustedFolder& folder,
                                                   const std::string& job, Pending& pending,
                                                   Haste haste) {
    const auto file = files_.find(job);
    const bool has_text = file != files_.end() && file->second.has_text;
    Outcome outcome{
        .job = job,
        .revision = pending.revision,
        .judged = judge_file(
            folder, job, has_text ? std::optional(file->second.text_hash) : std::nullopt, reader_)};
    const JudgedFile& judged = outcome.judged;
    if (pending.was_made && judged.is_linked) {
        pending.arrival = Arrival::in_one_piece;
    }
    const core::Instant now = loop_.now();
    const core::Instant when = judged.content == Content::gone
                                   ? gone_for_good_at(pending)
                                   : core::takes_effect_at({.arrival = pending.arrival,
                                                            .writer = judged.writer,
                                                            .content = judged.content,
                                                            .last_change = pending.last_change},
                                                           now);
    const bool waits = haste == Haste::none ? judged.writer == core::Writer::present : when > now;
    if (waits) {
        pending.look_at = when;
        if (judged.writer == core::Writer::present) {
            wait_for_writer(job, pending);
        }
        return std::nullopt;
    }
    return outcome;
}

void JobFolder::wait_for_writer(const std::string& job, Pending& pending) {
    const core::Instant now = loop_.now();
    if (pending.written_since == core::Instant{}) {
        pending.written_since = now;
    }
    if (!pending.writer_is_told && now - pending.written_since > told_of_a_writer_after) {
        pending.writer_is_told = true;
        callbacks_.tell(Level::info, reader_.shown(job) +
                                         ": somebody has the file open for writing; it is read "
                                         "when that is over");
    }
}

void JobFolder::look_at_due(const platform::TrustedFolder& folder, Haste haste) {
    const core::Instant now = loop_.now();
    std::vector<Outcome> outcomes;
    for (auto& [job, pending] : pending_) {
        if (haste == Haste::none || pending.look_at <= now) {
            if (auto outcome = judge(folder, job, pending, haste)) {
                outcomes.push_back(*std::move(outcome));
            }
        }
    }
    // Whoever wrote a file between its last event and the look has left an event by now, because
    // the kernel tells of a writer's end before it grants the lease.
    take_changes();
    std::erase_if(outcomes, [&](const Outcome& outcome) {
        const auto pending = pending_.find(outcome.job);
        if (pending->second.revision == outcome.revision) {
            pending_.erase(pending);
            return false;
        }
        return haste == Haste::wait_for_quiet;
    });
    if (outcomes.empty()) {
        return;
    }
    if (std::ranges::any_of(
            outcomes, [](const Outcome& outcome) { return outcome.judged.is_worth_another_try; })) {
        whole_look_at_ = std::min(whole_look_at_, core::after(now, polling));
    }
    settle(std::move(outcomes));
    if (pending_.empty()) {
        whole_look_at_ = std::min(whole_look_at_, core::after(now, core::quiet_of_a_file));
    }
}

void JobFolder::schedule() {
    if (is_stopped_) {
        return;
    }
    if (is_polling_) {
        whole_look_at_ = std::min(whole_look_at_, core::after(loop_.now(), polling));
    }
    core::Instant deadline = whole_look_at_;
    for (const auto& [job, pending] : pending_) {
        deadline = std::min(deadline, pending.look_at);
    }
    timer_.set_deadline(deadline);
}

}  // namespace respawnd::daemon
