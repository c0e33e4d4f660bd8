// What a start needs from places that may not answer: user databases and environment files. Asked
// in a helper process, so that the loop never waits; the answer is kept by whoever asked, and a
// restart needs none of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/job_definition.h"
#include "core/result.h"
#include "platform/helper_process.h"
#include "platform/identity.h"

namespace respawnd::platform {

struct StartLookupRequest {
    std::optional<std::string> user;   ///< name or number; none: the daemon's
    std::optional<std::string> group;  ///< name or number; none: the user's own
    /// Instead of those that the group database gives the user.
    std::optional<std::vector<std::string>> supplementary_groups;
    std::vector<core::EnvironmentFile> environment_files;  ///< later ones win
    std::optional<std::string> log_group;                  ///< name or number
    bool operator==(const StartLookupRequest&) const = default;
};

struct StartLookupAnswer {
    Identity identity;
    std::map<std::string, std::string> environment;
    std::optional<gid_t> log_group;
    bool operator==(const StartLookupAnswer&) const = default;
};

class [[nodiscard]] StartLookup {
  public:
    /// For the loop: readable when read() may have something to say.
    [[nodiscard]] int fd() const noexcept { return helper_.fd(); }
    [[nodiscard]] pid_t pid() const noexcept { return helper_.pid(); }
    /// The answer, or a sentence such as `user "www" does not exist`; nothing while it is sought.
    [[nodiscard]] std::optional<core::Result<StartLookupAnswer>> read();

  private:
    friend core::Result<StartLookup> start_lookup(StartLookupRequest request);
    explicit StartLookup(HelperProcess helper) : helper_(std::move(helper)) {}
    HelperProcess helper_;
};

/// Destroying the handle ends the search.
[[nodiscard]] core::Result<StartLookup> start_lookup(StartLookupRequest request);

/// The same at once, in this process: may block for as long as a directory service likes.
[[nodiscard]] core::Result<StartLookupAnswer> look_up(const StartLookupRequest& request);

}  // namespace respawnd::platform
