// The tree as data: rules of CONTRIBUTING.md that a compiler does not hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace respawnd {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path root = RESPAWND_SOURCE_DIR;
using Lines = std::vector<std::string>;

/// Path from the root of the tree -> lines.
using Files = std::map<std::string, Lines>;

Lines lines_of(const fs::path& path) {
    Lines lines;
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

Files files_below(const std::string& folder, const std::set<std::string>& extensions) {
    Files files;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        if (entry.is_regular_file() && extensions.contains(entry.path().extension())) {
            files[fs::relative(entry.path(), root).string()] = lines_of(entry.path());
        }
    }
    return files;
}

const Files& sources() {
    static const Files files = files_below("src", {".h", ".cpp"});
    return files;
}

const Files& tests() {
    static const Files files = files_below("tests", {".h", ".cpp"});
    return files;
}

/// FILE:LINE: of every line that `matches` picks out.
template <class Matches>
Lines places(const Files& files, Matches matches) {
    Lines found;
    for (const auto& [path, lines] : files) {
        for (std::size_t at = 0; at < lines.size(); ++at) {
            if (matches(path, lines[at])) {
                found.push_back(path + ":" + std::to_string(at + 1) + ": " + lines[at]);
            }
        }
    }
    return found;
}

std::string layer_of(std::string_view path) {
    const std::size_t start = path.find('/') + 1;
    return std::string(path.substr(start, path.find('/', start) - start));
}

/// What a file includes from the tree, as `layer/file.h`; empty for any other line.
std::string include_of(const std::string& line) {
    const std::string_view start = "#include \"";
    if (!line.starts_with(start)) {
        return {};
    }
    return line.substr(start.size(), line.rfind('"') - start.size());
}

bool contains(std::string_view line, std::string_view text) {
    return line.find(text) != std::string_view::npos;
}

std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(std::ranges::count_if(
        line, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
}

TEST(Tidy, finds_the_tree) {
    EXPECT_GT(sources().size(), 20U);
    EXPECT_GT(tests().size(), 5U);
}

TEST(Tidy, includes_point_down_the_layers) {
    const std::map<std::string, std::set<std::string>> below{
        {"core", {"core"}},
        {"platform", {"platform", "core"}},
        {"config", {"config", "core"}},
        {"logger", {"logger", "platform", "core"}},
        {"run", {"run", "platform", "config", "core"}},
        {"daemon", {"daemon", "run", "platform", "config", "core"}},
    };
    EXPECT_THAT(places(sources(),
                       [&](const std::string& path, const std::string& line) {
                           const std::string include = include_of(line);
                           if (include.empty()) {
                               return false;
                           }
                           const auto layer = below.find(layer_of(path));
                           return layer == below.end() ||
                                  !layer->second.contains(include.substr(0, include.find('/')));
                       }),
                IsEmpty());
}

TEST(Tidy, the_core_knows_no_system_and_no_clock) {
    const std::array<std::string_view, 10> forbidden{
        "<sys/",     "<systemd/",  "<spdlog/",  "<toml++/",     "<unistd.h>",
        "<fstream>", "<iostream>", "<fcntl.h>", "<filesystem>", "::now("};
    EXPECT_THAT(places(sources(),
                       [&](const std::string& path, const std::string& line) {
                           return layer_of(path) == "core" &&
                                  std::ranges::any_of(forbidden, [&](std::string_view text) {
                                      // resource numbers are values of a job file
                                      return contains(line, text) &&
                                             !contains(line, "<sys/resource.h>");
                                  });
                       }),
                IsEmpty());
}

TEST(Tidy, the_reader_of_job_files_touches_no_file) {
    const std::array<std::string_view, 5> forbidden{"<fstream>", "<filesystem>", "<unistd.h>",
                                                    "<fcntl.h>", "<systemd/"};
    EXPECT_THAT(places(sources(),
                       [&](const std::string& path, const std::string& line) {
                           return layer_of(path) == "config" &&
                                  std::ranges::any_of(forbidden, [&](std::string_view text) {
                                      return contains(line, text);
                                  });
                       }),
                IsEmpty());
}

TEST(Tidy, only_one_file_sees_the_toml_library) {
    EXPECT_THAT(places(sources(),
                       [](const std::string& path, const std::string& line) {
                           return contains(line, "<toml++/") &&
                                  path != "src/config/toml_document.cpp";
                       }),
                IsEmpty());
}

TEST(Tidy, the_logger_stays_small) {
    EXPECT_THAT(
        places(sources(),
               [](const std::string& path, const std::string& line) {
                   return layer_of(path) == "logger" &&
                          (contains(line, "<spdlog/") || contains(line, "<iostream>") ||
                           (contains(line, "<systemd/") && path != "src/logger/journal.cpp"));
               }),
        IsEmpty());
}

TEST(Tidy, headers_begin_with_what_they_are_for_and_are_included_once) {
    for (const auto& [path, lines] : sources()) {
        if (!path.ends_with(".h")) {
            continue;
        }
        ASSERT_FALSE(lines.empty()) << path;
        EXPECT_TRUE(lines.front().starts_with("// ")) << path;
        EXPECT_NE(std::ranges::find(lines, "#pragma once"), lines.end()) << path;
    }
}

TEST(Tidy, nothing_is_put_off) {
    // In two halves, so that this file does not find itself.
    const std::array<std::string, 3> forbidden{
        "TO"
        "DO",
        "FIX"
        "ME",
        "HA"
        "CK"};
    const auto matches = [&](const std::string& /*path*/, const std::string& line) {
        return std::ranges::any_of(forbidden,
                                   [&](const std::string& word) { return contains(line, word); });
    };
    EXPECT_THAT(places(sources(), matches), IsEmpty());
    EXPECT_THAT(places(tests(), matches), IsEmpty());
}

TEST(Tidy, lines_fit_into_a_hundred_columns) {
    const auto too_long = [](const std::string& /*path*/, const std::string& line) {
        // A raw string cannot be broken.
        return columns(line) > 100 && !contains(line, "R\"(");
    };
    EXPECT_THAT(places(sources(), too_long), IsEmpty());
    EXPECT_THAT(places(tests(), too_long), IsEmpty());
}

TEST(Tidy, no_line_ends_in_blanks) {
    const auto has_blanks = [](const std::string& /*path*/, const std::string& line) {
        return line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r');
    };
    EXPECT_THAT(places(sources(), has_blanks), IsEmpty());
    EXPECT_THAT(places(tests(), has_blanks), IsEmpty());
}

TEST(Tidy, no_file_is_named_after_nothing) {
    const std::set<std::string> empty_names{"util",    "utils", "common",  "helper",
                                            "helpers", "types", "manager", "misc"};
    for (const auto& [path, lines] : sources()) {
        EXPECT_FALSE(empty_names.contains(fs::path(path).stem())) << path;
    }
}

std::string output_of(const std::string& command, int& status) {
    std::string output;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "re");
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
        output += buffer.data();
    }
    const int result = ::pclose(pipe);
    status = WIFEXITED(result) ? WEXITSTATUS(result) : -1;
    return output;
}

TEST(Tidy, manual_pages_are_well_formed) {
    int status = 0;
    (void)output_of("command -v mandoc", status);
    if (status != 0) {
        GTEST_SKIP() << "mandoc is not installed";
    }
    for (const auto& entry : fs::directory_iterator(root / "man")) {
        EXPECT_EQ(output_of("mandoc -T lint -W warning " + entry.path().string(), status), "");
    }
}

/// Every relative link of a document, without its anchor.
std::vector<std::string> links_of(const fs::path& document) {
    std::vector<std::string> links;
    for (const std::string& line : lines_of(document)) {
        for (std::size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at)) {
            at += 2;
            std::string target = line.substr(at, line.find_first_of("#)", at) - at);
            if (!target.empty() && !contains(target, "://")) {
                links.push_back(std::move(target));
            }
        }
    }
    return links;
}

TEST(Tidy, links_in_documents_lead_somewhere) {
    for (const char* name : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "src/README.md"}) {
        const fs::path document = root / name;
        ASSERT_TRUE(fs::exists(document)) << name;
        for (const std::string& link : links_of(document)) {
            EXPECT_TRUE(fs::exists(document.parent_path() / link)) << name << " -> " << link;
        }
    }
}

TEST(Tidy, the_map_names_every_folder_of_the_code) {
    std::string map;
    for (const std::string& line : lines_of(root / "src/README.md")) {
        map += line + "\n";
    }
    for (const auto& entry : fs::directory_iterator(root / "src")) {
        if (entry.is_directory()) {
            EXPECT_TRUE(contains(map, "`" + entry.path().filename().string() + "`"))
                << entry.path();
        }
    }
}

}  // namespace
}  // namespace respawnd
