// An assertion that stays in release builds, for mistakes of ours only and never for input.
// Going on with a wrong table may cost every job; an abort is seen and told.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace respawnd::core {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
    (void)std::fprintf(stderr, "%s:%d: internal error, this must hold: %s\n", file, line,
                       condition);
    std::abort();
}

}  // namespace respawnd::core

#define RESPAWND_CHECK(condition)       \
    ((condition) ? static_cast<void>(0) \
                 : ::respawnd::core::check_failed(#condition, __FILE__, __LINE__))
