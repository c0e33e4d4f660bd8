// One line that says how the jobs are: for `systemctl status`.
#pragma once

#include <string>

#include "core/fleet.h"

namespace respawnd::daemon {

/// `3 running; 1 failed: mailer (exited 78, which "fatal" lists); 2 job files with mistakes`.
[[nodiscard]] std::string status_line(const core::Fleet& fleet, std::size_t mistaken_files);

/// `: mailer@1, mailer@2, cron` for the first three that are being stopped; empty without any.
[[nodiscard]] std::string names_of_stopping(const core::Fleet& fleet);

/// `1 job`, `3 jobs`.
[[nodiscard]] std::string counted(std::size_t count, const char* noun);

}  // namespace respawnd::daemon
