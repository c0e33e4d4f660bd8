// The program that the measurements start: it notes the time of its first instructions in a file
// that it shares with the measuring program, and then waits, or ends at once.
//
//     probe BOARD SLOT          note the time in that slot, then wait for ever
//     probe BOARD SLOT exit     note the time in that slot, then end

#include <unistd.h>

#include <cstdlib>

#include "bench/board.h"

int main(int count, char** words) {
    const auto now = respawnd::bench::now_ns();
    auto* board = count < 3 ? nullptr : respawnd::bench::open_board(words[1]);
    if (board == nullptr) {
        return 1;
    }
    auto& slot = board->slots[std::strtoul(words[2], nullptr, 10) % respawnd::bench::slot_count];
    slot.pid = getpid();
    slot.started_ns = now;
    slot.starts.fetch_add(1);
    board->starts.fetch_add(1);
    respawnd::bench::wake(slot.starts);
    if (count > 3) {
        return 0;
    }
    for (;;) {
        pause();
    }
}
