// Durations for people.
#pragma once

#include <string>

#include "core/time.h"

namespace respawnd::core {

/// `0.003 s`, `0.1 s`, `2.1 s`, `12 s`, `3 min 20 s`, `5 h 10 min`, `4 d 2 h`.
[[nodiscard]] std::string in_words(Duration duration);

}  // namespace respawnd::core
