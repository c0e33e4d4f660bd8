// The job folder, kept watched: which definitions are in force, and what is said about the files.
//
// There is one way for everything: at the start, at SIGHUP and at an event of inotify the folder or
// some of its files are looked at, and what differs from what was judged last is judged. Events
// only say where to look first. So a lost event is found by the next look, and the same file
// installed again changes nothing.
//
// A definition in force goes only when its file is gone from a folder that can be read and is the
// same folder as before; whatever else happens to the folder or the file is reported, once, and
// what runs goes on. Nothing wakes up while nothing changes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/job_reader.h"
#include "core/definition_diff.h"
#include "core/file_settling.h"
#include "core/result.h"
#include "core/settings.h"
#include "daemon/job_folder_admission.h"
#include "daemon/job_folder_file.h"
#include "daemon/own_log.h"
#include "platform/event_loop.h"
#include "platform/folder_listing.h"
#include "platform/folder_watch.h"

namespace respawnd::daemon {

class JobFolder {
  public:
    struct Callbacks {
        /// The whole set that is in force; called only when it differs from the last.
        std::function<void(const core::DefinitionSet&)> changed;
        /// What the operator should know; diagnostics of files have several lines.
        std::function<void(Level, std::string)> tell;
    };

    /// `path` is absolute; `shown_path` is how messages name it. Nothing is looked at before
    /// read_now(). The loop must live longer than the object.
    [[nodiscard]] static core::Result<std::unique_ptr<JobFolder>> make(
        platform::EventLoop& loop, std::string path, std::string shown_path,
        core::Settings settings, config::Defaults defaults, Callbacks callbacks);

    /// Looks at everything and lets it take effect without waiting for quiet; only a file that
    /// somebody has open for writing is waited for.
    void read_now();
    /// All files are read again against these.
    void set_settings(core::Settings settings, config::Defaults defaults);
    /// Nothing is looked at from here on.
    void stop();

    [[nodiscard]] const core::DefinitionSet& definitions() const { return definitions_; }
    /// How many files are refused as they are.
    [[nodiscard]] std::size_t mistaken_files() const;

  private:
    /// What is remembered of a file; its text is not.
    struct File {
        platform::FileStamp stamp;
        std::uint64_t text_hash = 0;  ///< of the text that was judged last
        std::uint64_t told = 0;       ///< hash of the complaint in force; 0: none
        bool has_text = false;
        bool may_change_unseen = false;
        bool is_refused = false;
    };
    /// A file that something happened to.
    struct Pending {
        core::Instant last_change;
        core::Instant look_at;
        core::Arrival arrival = core::Arrival::written_in_place;
        bool was_made = false;
        bool is_missing_in_another_folder = false;
        core::Instant written_since{};  ///< when a writer was met first
        bool writer_is_told = false;
        std::uint64_t revision = 0;
    };
    struct Outcome {
        std::string job;
        std::uint64_t revision = 0;
        JudgedFile judged;
    };
    enum class Haste { wait_for_quiet, none };
    enum class Trouble { none, missing, unreadable, empty };

    JobFolder(platform::EventLoop& loop, std::string path, FolderReader reader,
              Callbacks callbacks);

    void events_arrived();
    void time_came();
    void look_at_all(Haste haste);
    void look_at_due(const platform::TrustedFolder& folder, Haste haste);
    core::Result<platform::TrustedFolder> open_and_watch();
    platform::PathWalk watched_walk(platform::FolderWatch::Eagerness eagerness);
    void watch(const platform::PathWalk& walk, platform::FolderWatch::Eagerness eagerness);
    void take_changes();
    Pending& notice(const std::string& job, core::Arrival arrival);
    void notice_differences(const std::vector<platform::ListedFile>& files, bool is_another);
    void notice_missing(const std::vector<platform::ListedFile>& files, bool is_another);
    std::optional<Outcome> judge(const platform::TrustedFolder& folder, const std::string& job,
                                 Pending& pending, Haste haste);
    core::Instant gone_for_good_at(const Pending& pending) const;
    void settle(std::vector<Outcome> outcomes);
    /// True when something came into force.
    bool admit(Newcomers newcomers);
    void wait_for_writer(const std::string& job, Pending& pending);
    void complain(const std::string& job, const std::string& complaint);
    void mended(const std::string& job);
    void tell_names(const std::vector<platform::ListedFile>& files);
    void tell_trouble(Trouble trouble, Level level, const std::string& text);
    void schedule();

    platform::EventLoop& loop_;
    std::string path_;
    FolderReader reader_;
    Callbacks callbacks_;
    platform::EventSource timer_;
    std::unique_ptr<platform::FolderWatch> watch_;
    bool is_polling_ = false;
    bool is_stopped_ = false;

    core::DefinitionSet definitions_;
    std::map<std::string, File> files_;
    std::map<std::string, Pending> pending_;
    /// Good files that a rule between jobs keeps out.
    Newcomers kept_out_;
    std::optional<platform::FolderIdentity> identity_;
    core::Instant whole_look_at_ = core::no_deadline;
    core::Instant last_gone_;
    core::Instant last_event_;
    std::uint64_t revision_ = 0;
    bool reads_all_again_ = false;

    Trouble trouble_ = Trouble::none;
    std::string told_trouble_;
    std::set<std::string> told_names_;
    std::size_t complaints_in_this_turn_ = 0;
};

}  // namespace respawnd::daemon
