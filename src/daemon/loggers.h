// The loggers of the daemon and what goes to which: one for the log folder, and for logs outside of
// it one for each user, who needs no rights there but his own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/fleet.h"
#include "daemon/logger_link.h"
#include "platform/start_lookup.h"

namespace respawnd::daemon {

/// What a job gets as its standard output and standard error.
struct JobOutput {
    platform::UniqueFd output;
    platform::UniqueFd error;  ///< empty: the same as standard output
};

class Loggers {
  public:
    struct Places {
        std::string program;  ///< respawn-logger
        std::string log_directory;
        std::string runtime_directory;
        platform::UniqueFd output_folder;  ///< where the FIFOs are
    };

    [[nodiscard]] static core::Result<std::unique_ptr<Loggers>> make(platform::EventLoop& loop,
                                                                     OwnLog& log,
                                                                     OwnProcesses& own_processes,
                                                                     Places places);

    /// Makes what a start of the member writes into, and hands the other ends to its logger.
    [[nodiscard]] core::Result<JobOutput> open(const core::Member& member,
                                               core::Generation generation,
                                               const platform::StartLookupAnswer& known);
    /// The same once more, for a stop command.
    [[nodiscard]] core::Result<JobOutput> job_ends(core::Generation generation) const;
    /// The definition has changed: what of it a running program need not see applies from now on.
    void change(const core::Member& member, core::Generation generation);
    /// The main process of that start has ended, and how, for a log that tells of it; or empty.
    void run_ended(core::Generation generation, const std::string& how);
    /// What all files in the log folder may take together.
    void limit_total(std::optional<std::uint64_t> bytes);
    /// Ends all of them; `finished` is called when they are gone.
    void finish(std::function<void()> finished);

  private:
    Loggers(platform::EventLoop& loop, OwnLog& log, OwnProcesses& own_processes, Places places)
        : loop_(loop), log_(log), own_processes_(own_processes), places_(std::move(places)) {}

    [[nodiscard]] core::Result<LoggerLink*> link_for(const std::string& file,
                                                     const platform::StartLookupAnswer& known);
    [[nodiscard]] core::Result<std::unique_ptr<LoggerLink>> make_link(
        std::optional<platform::Identity> identity, std::string whose);
    [[nodiscard]] core::Result<platform::UniqueFd> open_channel(
        const core::Member& member, platform::OutputName name,
        const platform::StartLookupAnswer& known);
    [[nodiscard]] core::Result<platform::OutputFifo> make_fifo(
        platform::OutputName name, std::optional<platform::FifoOwner> owner);
    [[nodiscard]] LoggerLink* link_of(platform::OutputName name) const;

    platform::EventLoop& loop_;
    OwnLog& log_;
    OwnProcesses& own_processes_;
    Places places_;
    std::unique_ptr<LoggerLink> main_;
    /// By the user's ids; kept until the end, as a job that ends mostly comes back.
    std::map<std::string, std::unique_ptr<LoggerLink>> of_users_;
    std::size_t unfinished_ = 0;
};

}  // namespace respawnd::daemon
