// System calls that a filter refuses, as the filter of a container does, for the calling process
// and all that it starts. Made for DaemonOptions::before_exec.
#pragma once

#include <initializer_list>

namespace respawnd::tests {

/// From now on each call in `numbers` answers `error`. Without CAP_SYS_ADMIN this takes away the
/// right to gain privileges by exec, as the kernel demands.
void refuse_calls(std::initializer_list<long> numbers, int error);

}  // namespace respawnd::tests
