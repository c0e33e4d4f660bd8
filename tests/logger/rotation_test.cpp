#include "logger/rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace respawnd::logger {
namespace {

using testing::ElementsAre;
using Steps = std::vector<RotationStep>;

TEST(Rotation, of_the_first_file_is_one_step) {
    EXPECT_THAT(rotation_steps("a.log", {}, 5), ElementsAre(RotationStep{"a.log", "a.log.1"}));
}

TEST(Rotation, moves_the_oldest_first_and_keeps_the_compressed_form) {
    EXPECT_THAT(
        rotation_steps("a.log", std::vector<Rotated>{{1, false}, {2, true}, {3, true}}, 3),
        ElementsAre(RotationStep{"a.log.3.zst", ""}, RotationStep{"a.log.2.zst", "a.log.3.zst"},
                    RotationStep{"a.log.1", "a.log.2"}, RotationStep{"a.log", "a.log.1"}));
}

TEST(Rotation, with_keep_0_removes_the_file) {
    EXPECT_THAT(rotation_steps("a.log", std::vector<Rotated>{{1, false}}, 0),
                ElementsAre(RotationStep{"a.log.1", ""}, RotationStep{"a.log", ""}));
}

TEST(Rotation, moves_nothing_beyond_a_gap) {
    EXPECT_THAT(rotation_steps("a.log", std::vector<Rotated>{{1, false}, {3, true}}, 5),
                ElementsAre(RotationStep{"a.log.1", "a.log.2"}, RotationStep{"a.log", "a.log.1"}));
}

TEST(Rotation, of_both_forms_of_a_file_keeps_the_compressed_one) {
    EXPECT_THAT(rotation_steps("a.log", std::vector<Rotated>{{1, false}, {2, false}, {2, true}}, 5),
                ElementsAre(RotationStep{"a.log.2", ""}, RotationStep{"a.log.2.zst", "a.log.3.zst"},
                            RotationStep{"a.log.1", "a.log.2"}, RotationStep{"a.log", "a.log.1"}));
}

TEST(Rotation, removes_all_that_a_smaller_keep_leaves_over) {
    const Steps steps = rotation_steps(
        "a.log", std::vector<Rotated>{{1, false}, {2, true}, {3, true}, {4, true}}, 2);
    EXPECT_THAT(steps,
                ElementsAre(RotationStep{"a.log.3.zst", ""}, RotationStep{"a.log.4.zst", ""},
                            RotationStep{"a.log.2.zst", ""}, RotationStep{"a.log.1", "a.log.2"},
                            RotationStep{"a.log", "a.log.1"}));
}

/// A folder as a map of names, to be rotated and killed in.
struct Folder {
    std::map<std::string, int> files;

    [[nodiscard]] std::vector<Rotated> rotated() const {
        std::vector<Rotated> present;
        for (std::uint64_t number = 1; number < 20; ++number) {
            for (const bool is_compressed : {false, true}) {
                if (files.contains(rotated_name("x", {number, is_compressed}))) {
                    present.push_back({number, is_compressed});
                }
            }
        }
        return present;
    }
    void carry_out(const RotationStep& step) {
        ASSERT_TRUE(files.contains(step.from)) << step.from;
        if (!step.to.empty()) {
            ASSERT_FALSE(files.contains(step.to)) << step.to << " is overwritten";
            files[step.to] = files[step.from];
        }
        files.erase(step.from);
    }
};

TEST(Rotation, loses_no_file_whenever_it_is_cut_short) {
    constexpr std::uint64_t keep = 4;
    std::mt19937 random(20261129);
    Folder folder;
    int last = 0;
    for (int round = 0; round < 5000; ++round) {
        folder.files.emplace("x", last + 1);
        last = folder.files.at("x");
        const Steps steps = rotation_steps("x", folder.rotated(), keep);
        const std::size_t until = random() % (steps.size() + 1);
        for (std::size_t i = 0; i < until; ++i) {
            folder.carry_out(steps[i]);
            // The youngest are there under some name, as many as are to be kept but the one that
            // makes room.
            std::vector<int> contents;
            for (const auto& [name, content] : folder.files) {
                contents.push_back(content);
            }
            for (int wanted = std::max(1, last - static_cast<int>(keep) + 1); wanted <= last;
                 ++wanted) {
                ASSERT_THAT(contents, testing::Contains(wanted)) << "round " << round;
            }
        }
        // Compressed in the meantime, and perhaps killed before the original was removed.
        const std::string plain = rotated_name("x", {2, false});
        if (folder.files.contains(plain) && random() % 2 == 0) {
            folder.files[rotated_name("x", {2, true})] = folder.files[plain];
            if (random() % 2 == 0) {
                folder.files.erase(plain);
            }
        }
    }
}

}  // namespace
}  // namespace respawnd::logger
