// The program that the measurements start: it notes the time of its first instructions in a file
// that it shares with the measuring program, and then waits, or ends at once.
//
//     probe BOARD SLOT          note the time in that slot, then wait for ever
//     probe BOARD SLOT exit     note the time in that slot, then end
//     probe BOARD SLOT line     the same as the first, after a line of 100 bytes
//     probe BOARD SLOT tick     one more such line each second
//     probe BOARD SLOT write MB that many megabytes of them, then note the time in the next slot

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "bench/board.h"

namespace {

constexpr std::size_t line_size = 100;

void write_lines(std::size_t bytes) {
    static std::array<char, 65500> lines;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        lines[at] = at % line_size == line_size - 1 ? '\n' : 'x';
    }
    while (bytes > 0) {
        const ssize_t written = write(STDOUT_FILENO, lines.data(), std::min(bytes, lines.size()));
        if (written <= 0) {
            return;
        }
        bytes -= static_cast<std::size_t>(written);
    }
}

void note(respawnd::bench::Slot& slot) {
    slot.started_ns = respawnd::bench::now_ns();
    slot.starts.fetch_add(1);
    respawnd::bench::wake(slot.starts);
}

}  // namespace

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
    const std::string_view mode = count > 3 ? words[3] : "";
    if (mode == "exit") {
        return 0;
    }
    if (mode == "write" && count > 4) {
        constexpr std::size_t megabyte = 1'000'000;
        write_lines(std::strtoul(words[4], nullptr, 10) * megabyte);
        note(*(&slot + 1));
        return 0;
    }
    if (mode == "line" || mode == "tick") {
        write_lines(line_size);
    }
    while (mode == "tick") {
        (void)sleep(1);
        write_lines(line_size);
    }
    for (;;) {
        pause();
    }
}
