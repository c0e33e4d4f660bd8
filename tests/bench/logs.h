// What the logger costs, beside `cat > file`.
#pragma once

#include <string>

namespace respawnd::bench {

/// `base` is a folder for what is needed, `board` the path of the shared board.
void measure_logs(const std::string& base, const std::string& board);

}  // namespace respawnd::bench
