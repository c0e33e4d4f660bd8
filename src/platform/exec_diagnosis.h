// Why a folder cannot be entered or a program cannot be run, found out by the child itself as the
// job's user: the daemon is root and would see no trouble. Runs between clone and exec, under the
// rules of child_setup.h. What it finds is a hint beside the errno, never the other way round.
#pragma once

#include "platform/child_setup.h"

namespace respawnd::platform {

void diagnose_directory(const char* path, StartReport& report);

/// `report.error` is what execve said.
void diagnose_program(const char* path, StartReport& report);

}  // namespace respawnd::platform
