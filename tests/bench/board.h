// What the measured programs and the measuring one share: a mapped file.
#pragma once

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>

namespace respawnd::bench {

inline constexpr std::size_t slot_count = 16384;

struct Slot {
    std::atomic<std::uint32_t> starts;     ///< a futex(2) that its changes wake
    std::atomic<std::int64_t> started_ns;  ///< of the last start
    std::atomic<std::int32_t> pid;
};

struct Board {
    std::atomic<std::uint64_t> starts;  ///< of all slots
    std::array<Slot, slot_count> slots;
};

inline std::int64_t now_ns() {
    timespec time{};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    constexpr std::int64_t second = 1'000'000'000;
    return time.tv_sec * second + time.tv_nsec;
}

/// Wakes who waits for a change of `word`, in any process.
inline void wake(std::atomic<std::uint32_t>& word) {
    (void)syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

/// Sleeps while `word` has that value, and at most a tenth of a second. Polling would take a
/// processor from what is measured.
inline void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value) {
    constexpr timespec at_most{0, 100'000'000};
    (void)syscall(SYS_futex, &word, FUTEX_WAIT, value, &at_most, nullptr, 0);
}

/// Null when the file cannot be mapped.
inline Board* open_board(const char* path) {
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return nullptr;
    }
    void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<Board*>(memory);
}

}  // namespace respawnd::bench
