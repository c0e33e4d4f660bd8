// respawnd --check, --settings and --version: what only looks and tells.
#pragma once

#include "daemon/options.h"
#include "daemon/places.h"

namespace respawnd::daemon {

/// Each returns the exit code.
int check(const Options& options, const Places& places);
int print_settings(const Options& options, const Places& places);
int print_version();

}  // namespace respawnd::daemon
