#include "core/file_settling.h"

namespace respawnd::core {

Instant takes_effect_at(const FileLook& look, Instant now) {
    if (look.writer == Writer::present) {
        // The end of the writing is told as a change; a writer that came by another name of the
        // file is not, so it is looked for.
        return after(now, quiet_of_a_file);
    }
    if (look.content == Content::same) {
        return now;
    }
    const bool is_finished = look.arrival == Arrival::in_one_piece && look.writer == Writer::none;
    if (look.content == Content::good && is_finished) {
        return now;
    }
    return after(look.last_change, quiet_of_a_file);
}

}  // namespace respawnd::core
