// The only source of chance in a simulation: the same seed gives the same throws on every machine,
// which the distributions of the standard library do not promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/time.h"

namespace respawnd::simulation {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    /// splitmix64: every seed is a good one.
    [[nodiscard]] std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }
    /// Uniform in [0, 1).
    [[nodiscard]] double share() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
    [[nodiscard]] bool chance(double probability) { return share() < probability; }
    /// Uniform in [0, count).
    [[nodiscard]] std::uint32_t below(std::uint32_t count) {
        return static_cast<std::uint32_t>(next() % count);
    }
    [[nodiscard]] core::Duration up_to(core::Duration most) {
        return core::Duration(
            static_cast<core::Duration::rep>(share() * static_cast<double>(most.count() + 1)));
    }
    template <class T>
    [[nodiscard]] T one_of(std::initializer_list<T> choices) {
        return choices.begin()[below(static_cast<std::uint32_t>(choices.size()))];
    }

  private:
    std::uint64_t state_;
};

}  // namespace respawnd::simulation
