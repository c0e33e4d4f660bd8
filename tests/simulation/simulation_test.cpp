// Seeds of simulated worlds. RESPAWND_SIMULATION_SEED=7 lives through one and prints its story;
// RESPAWND_SIMULATION_SEEDS=5000 says how many a run takes (more by themselves with RESPAWND_ALL).
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "simulation/world.h"

namespace respawnd::simulation {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// The sanitizers live through the same worlds several times more slowly.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t seeds_of_all = 600;
#else
constexpr std::uint64_t seeds_of_all = 3000;
#endif

std::uint64_t seeds() {
    return number_from("RESPAWND_SIMULATION_SEEDS",
                       std::getenv("RESPAWND_ALL") == nullptr ? 400 : seeds_of_all);
}

/// Lives through `count` worlds, until one breaks a promise.
void live(std::uint64_t first, std::uint64_t count, Coverage& coverage) {
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        if (!World(seed, coverage, Story::Telling::quiet).run().empty()) {
            FAIL() << World(seed, coverage, Story::Telling::kept).run();
        }
    }
}

TEST(Simulation, tells_the_story_of_one_seed) {
    const char* seed = std::getenv("RESPAWND_SIMULATION_SEED");
    const std::uint64_t number = seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
    Coverage coverage;
    const std::string trouble =
        World(number, coverage, seed == nullptr ? Story::Telling::kept : Story::Telling::printed)
            .run();
    EXPECT_TRUE(trouble.empty()) << trouble;
}

TEST(Simulation, keeps_every_promise_and_reaches_every_cell) {
    Coverage coverage;
    live(1, seeds() / 2, coverage);
    EXPECT_EQ(coverage.missing(), "") << "these cells of the table were not reached";
}

TEST(Simulation, keeps_every_promise_with_other_seeds) {
    Coverage coverage;
    live(1'000'000, seeds() / 2, coverage);
}

}  // namespace
}  // namespace respawnd::simulation
