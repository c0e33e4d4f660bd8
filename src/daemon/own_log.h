// The daemon's own messages: spdlog, on standard error, in a file or in the journal.
//
// Only the daemon's layer logs, and only the one who decides: the layers below return what they
// found.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/instance_action.h"
#include "core/result.h"
#include "core/settings.h"

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming): the name is spdlog's
}

namespace respawnd::daemon {

using Level = core::action::Tell::Level;

class OwnLog {
  public:
    /// Messages to standard error until use() says otherwise.
    OwnLog();

    /// Goes where the settings say; `default_file` is where when they name no file. `debug` is the
    /// command line's, which goes before the settings' level.
    [[nodiscard]] core::Result<void> use(const core::OwnLogSettings& settings,
                                         const std::string& default_file, bool debug);

    /// False when a debug message would not be told: making one costs time.
    [[nodiscard]] bool tells_debug() const;
    void debug(std::string_view text) const;
    void info(std::string_view text) const;
    void warning(std::string_view text) const;
    void error(std::string_view text) const;
    void tell(Level level, std::string_view text) const;

  private:
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace respawnd::daemon
