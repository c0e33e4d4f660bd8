#include "platform/random_source.h"

#include <sys/random.h>

#include "core/check.h"

namespace respawnd::platform {

std::uint64_t RandomSource::number() {
    for (;;) {
        if (left_ == 0) {
            // Up to 256 bytes come whole and without a signal in between, once the kernel's pool is
            // ready, which it is long before a daemon starts.
            const ssize_t got = getrandom(numbers_.data(), sizeof(numbers_), 0);
            RESPAWND_CHECK(got == static_cast<ssize_t>(sizeof(numbers_)));
            left_ = numbers_.size();
        }
        --left_;
        if (numbers_[left_] != 0) {
            return numbers_[left_];
        }
    }
}

double RandomSource::share() {
    constexpr int bits_of_a_double = 53;
    constexpr int dropped = 64 - bits_of_a_double;
    return static_cast<double>(number() >> dropped) / static_cast<double>(1ULL << bits_of_a_double);
}

}  // namespace respawnd::platform
