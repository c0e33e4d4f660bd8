// Random numbers from the kernel, fetched many at a time: getrandom(2).
#pragma once

#include <array>
#include <cstdint>

namespace respawnd::platform {

class RandomSource {
  public:
    /// A number that nobody can guess; never 0.
    [[nodiscard]] std::uint64_t number();
    /// Uniform in [0, 1).
    [[nodiscard]] double share();

  private:
    std::array<std::uint64_t, 32> numbers_{};
    std::size_t left_ = 0;
};

}  // namespace respawnd::platform
