// Good files with something broken in them: whatever the bytes, reading ends, and gives either a
// definition or a reason, never both and never neither.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "config/job_reader.h"
#include "config/printable_text.h"
#include "config/settings_reader.h"

namespace respawnd::config {
namespace {

std::vector<std::string> good_files(const std::string& folder) {
    std::vector<std::string> texts;
    const auto path =
        std::filesystem::path(RESPAWND_SOURCE_DIR) / "tests/unit/config/cases" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        std::ifstream stream(entry.path(), std::ios::binary);
        std::stringstream text;
        text << stream.rdbuf();
        texts.push_back(text.str());
    }
    return texts;
}

class Mutator {
  public:
    explicit Mutator(unsigned seed) : random_(seed) {}

    std::string mutated(std::string text) {
        for (std::size_t slips = 1 + below(4); slips > 0; --slips) {
            mutate(text);
        }
        return text;
    }

  private:
    std::size_t below(std::size_t end) {
        return end == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

    void mutate(std::string& text) {
        constexpr std::string_view special = "\"'[]{}=.,#\\\n\r\t%-0 \x00\x1b\xff\xe2";
        const std::size_t at = below(text.size());
        const std::size_t length = std::min(below(12), text.size() - at);
        switch (below(5)) {
            case 0:
                text.insert(at, 1, special[below(special.size())]);
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(below(text.size()), text.substr(at, length));
                break;
            case 3:
                text.resize(at);
                break;
            default:
                if (!text.empty()) {
                    text[at] = static_cast<char>(below(256));
                }
        }
    }

    std::mt19937 random_;
};

void expect_printable(const std::vector<Diagnostic>& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics) {
        EXPECT_FALSE(diagnostic.message.empty());
        const std::string text = diagnostic.message + diagnostic.line_text + diagnostic.hint;
        EXPECT_EQ(printable(text), text);
        EXPECT_LE(text.size(), 2000U);
    }
}

TEST(Mutation, no_job_file_gives_a_definition_beside_a_mistake) {
    const auto texts = good_files("good");
    for (unsigned seed = 0; seed < 4000; ++seed) {
        Mutator mutator(seed);
        const std::string text = mutator.mutated(texts[seed % texts.size()]);
        SCOPED_TRACE("seed " + std::to_string(seed));
        const ReadJob job =
            read_job({.name = "job", .file = "job.toml", .text = text}, core::Settings{}, {});
        ASSERT_NE(job.definition.has_value(), !job.diagnostics.empty());
        expect_printable(job.diagnostics);
    }
}

TEST(Mutation, no_settings_file_gives_settings_beside_a_mistake) {
    const auto texts = good_files("settings_good");
    for (unsigned seed = 0; seed < 2000; ++seed) {
        Mutator mutator(seed);
        const std::string text = mutator.mutated(texts[seed % texts.size()]);
        SCOPED_TRACE("seed " + std::to_string(seed));
        const ReadSettings settings = read_settings("respawnd.toml", text);
        ASSERT_NE(settings.settings.has_value(), !settings.diagnostics.empty());
        expect_printable(settings.diagnostics);
    }
}

TEST(Mutation, every_beginning_of_a_good_file_is_survived) {
    for (const std::string& text : good_files("good")) {
        for (std::size_t length = 0; length <= text.size(); ++length) {
            const ReadJob job =
                read_job({.name = "job", .file = "job.toml", .text = text.substr(0, length)},
                         core::Settings{}, {});
            ASSERT_NE(job.definition.has_value(), !job.diagnostics.empty());
        }
    }
}

}  // namespace
}  // namespace respawnd::config
