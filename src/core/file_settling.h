// When does what was seen of a job file take effect?
//
// Nearly every beginning of a job file is a valid one, and the first lines may lack the `user` that
// comes later. So a file counts once it is finished: at once when it came into the folder in one
// piece, and otherwise when nobody has it open for writing and nothing has happened to it for a
// while. What is broken or gone waits as well, since the next save may mend it.
#pragma once

#include "core/time.h"

namespace respawnd::core {

/// Since the last change. Editors and installers are done within milliseconds.
inline constexpr Duration quiet_of_a_file = std::chrono::milliseconds(250);

/// For files that another folder in the same place does not have: it may be being filled.
inline constexpr Duration quiet_of_another_folder = std::chrono::seconds(2);

/// How the content came to be there.
enum class Arrival { in_one_piece, written_in_place };

enum class Writer { none, present, unknown };

enum class Content {
    same,  ///< as what was judged last: there is nothing to do
    good,
    broken,
    gone
};

struct FileLook {
    Arrival arrival = Arrival::written_in_place;
    Writer writer = Writer::unknown;
    Content content = Content::same;
    Instant last_change;
};

/// When what was seen may take effect: `now` or earlier means at once, anything later means to look
/// again then.
[[nodiscard]] Instant takes_effect_at(const FileLook& look, Instant now);

}  // namespace respawnd::core
