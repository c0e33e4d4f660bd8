// The full text of what is said about the files below cases/bad and cases/settings_bad stands
// beside each as NAME.expected. RESPAWND_WRITE_EXPECTED=1 writes those files anew, for review.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/job_reader.h"
#include "config/settings_reader.h"

namespace respawnd::config {
namespace {

namespace fs = std::filesystem;

const fs::path cases = fs::path(RESPAWND_SOURCE_DIR) / "tests/unit/config/cases";

std::vector<fs::path> files_in(const std::string& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(cases / folder)) {
        if (entry.path().extension() == ".toml") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    EXPECT_FALSE(files.empty()) << folder;
    return files;
}

std::string text_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::string rendered(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) {
        text += render(diagnostic);
    }
    return text;
}

ReadJob read_file(const fs::path& file) {
    const std::string text = text_of(file);
    return read_job({.name = file.stem().string(), .file = file.filename().string(), .text = text},
                    core::Settings{}, Defaults{});
}

void expect_text(const fs::path& file, const std::string& text) {
    fs::path expected = file;
    expected.replace_extension(".expected");
    if (std::getenv("RESPAWND_WRITE_EXPECTED") != nullptr) {
        std::ofstream(expected, std::ios::binary) << text;
    }
    EXPECT_EQ(text, text_of(expected)) << file;
}

TEST(Cases, bad_job_files_are_told_all_their_mistakes) {
    for (const fs::path& file : files_in("bad")) {
        const ReadJob job = read_file(file);
        EXPECT_FALSE(job.definition) << file;
        expect_text(file, rendered(job.diagnostics));
    }
}

TEST(Cases, good_job_files_give_definitions) {
    for (const fs::path& file : files_in("good")) {
        const ReadJob job = read_file(file);
        EXPECT_TRUE(job.definition) << file << "\n" << rendered(job.diagnostics);
    }
}

TEST(Cases, bad_settings_are_told_all_their_mistakes) {
    for (const fs::path& file : files_in("settings_bad")) {
        const ReadSettings settings = read_settings(file.filename().string(), text_of(file));
        EXPECT_FALSE(settings.settings) << file;
        expect_text(file, rendered(settings.diagnostics));
    }
}

TEST(Cases, good_settings_are_read) {
    for (const fs::path& file : files_in("settings_good")) {
        const ReadSettings settings = read_settings(file.filename().string(), text_of(file));
        EXPECT_TRUE(settings.settings) << file << "\n" << rendered(settings.diagnostics);
    }
}

TEST(Cases, nothing_expected_lacks_its_file) {
    for (const std::string folder : {"bad", "settings_bad"}) {
        for (const auto& entry : fs::directory_iterator(cases / folder)) {
            fs::path file = entry.path();
            EXPECT_TRUE(fs::exists(file.replace_extension(".toml"))) << entry.path();
        }
    }
}

}  // namespace
}  // namespace respawnd::config
