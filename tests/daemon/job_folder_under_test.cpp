#include "job_folder_under_test.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "platform/monotonic_clock.h"

namespace respawnd::daemon::testing {
namespace {

constexpr core::Duration generous = std::chrono::seconds(60);

platform::EventLoop new_loop() {
    auto loop = platform::EventLoop::make();
    if (!loop) {
        std::abort();
    }
    return *std::move(loop);
}

std::string new_folder() {
    const std::filesystem::path below = std::filesystem::temp_directory_path();
    std::string name = (below / "respawnd-folder-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        std::abort();
    }
    return name;
}

}  // namespace

JobFolderUnderTest::JobFolderUnderTest()
    : base(new_folder()), folder(base + "/watchdog.d"), loop(new_loop()) {
    // Files that their group may write would be refused.
    (void)::umask(022);
    (void)::mkdir(folder.c_str(), 0755);
}

JobFolderUnderTest::~JobFolderUnderTest() {
    jobs.reset();
    (void)::chmod(folder.c_str(), 0755);
    std::error_code ignored;
    std::filesystem::remove_all(base, ignored);
    if (::testing::Test::HasFailure()) {
        (void)std::fprintf(stderr, "told:\n%s", all_told().c_str());
    }
}

void JobFolderUnderTest::open(core::Settings settings) {
    auto made = JobFolder::make(
        loop, folder, "watchdog.d", std::move(settings), {},
        {.changed = [this](const core::DefinitionSet& set) { changes.push_back(set); },
         .tell = [this](Level, std::string text) { messages.push_back(std::move(text)); }});
    ASSERT_TRUE(made) << made.error().text();
    jobs = *std::move(made);
    jobs->read_now();
}

bool JobFolderUnderTest::until(const std::function<bool()>& question) {
    const core::Instant give_up = platform::monotonic_now() + generous;
    while (!question()) {
        if (platform::monotonic_now() > give_up) {
            return false;
        }
        if (auto turned = loop.turn(std::chrono::milliseconds(20)); !turned) {
            return false;
        }
    }
    return true;
}

bool JobFolderUnderTest::marker_takes_effect() {
    const std::string name = "marker" + std::to_string(++markers_);
    place(name + ".toml", job_running(name));
    return until([&] { return has(name); });
}

void JobFolderUnderTest::let_quiet_pass() {
    // A marker that is written in place takes effect when everything noticed before it is due, and
    // the second one after the look that follows.
    for (int i = 0; i < 2; ++i) {
        const std::string name = "marker" + std::to_string(++markers_);
        write(name + ".toml", job_running(name));
        EXPECT_TRUE(until([&] { return has(name); }));
    }
}

void JobFolderUnderTest::write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
}

void JobFolderUnderTest::place(const std::string& name, const std::string& text) const {
    std::ofstream(base + "/being-placed", std::ios::binary) << text;
    std::filesystem::rename(base + "/being-placed", path(name));
}

void JobFolderUnderTest::remove(const std::string& name) const {
    std::filesystem::remove(path(name));
}

bool JobFolderUnderTest::has(const std::string& job) const {
    return jobs->definitions().contains(job);
}

std::string JobFolderUnderTest::program_of(const std::string& job) const {
    const auto found = jobs->definitions().find(job);
    if (found == jobs->definitions().end()) {
        return "";
    }
    return found->second->program.command.front().substr(std::string("/bin/").size());
}

std::size_t JobFolderUnderTest::told(const std::string& words) const {
    std::size_t count = 0;
    for (const std::string& message : messages) {
        count += message.find(words) != std::string::npos ? 1 : 0;
    }
    return count;
}

std::string JobFolderUnderTest::all_told() const {
    std::string text;
    for (const std::string& message : messages) {
        text += message + "\n";
    }
    return text;
}

std::string job_running(const std::string& name) {
    return "command = [\"/bin/" + name + "\"]\n";
}

}  // namespace respawnd::daemon::testing
