// The manual and the tables of keys say the same: each key that works stands in the manual with
// its type, range and default, no other does, and the examples are valid.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "config/job_keys.h"
#include "config/job_reader.h"
#include "config/settings_reader.h"

namespace respawnd::config {
namespace {

std::vector<std::string> lines_of(const std::string& page) {
    std::ifstream stream(std::string(RESPAWND_SOURCE_DIR) + "/man/" + page);
    EXPECT_TRUE(stream) << page;
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// The table whose keys a section is about; nothing for a section about something else.
std::optional<std::string> table_of_section(const std::string& title) {
    if (title == "KEYS ABOVE THE FIRST TABLE") {
        return "";
    }
    if (!title.starts_with("THE ") || !title.ends_with(" TABLE")) {
        return std::nullopt;
    }
    std::string table = title.substr(4, title.size() - 10);
    for (char& c : table) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return table;
}

/// Dotted name -> what stands in parentheses behind it.
std::map<std::string, std::string> keys_in(const std::string& page) {
    std::map<std::string, std::string> keys;
    std::optional<std::string> table;
    for (const std::string& line : lines_of(page)) {
        if (line.starts_with(".Sh ")) {
            table = table_of_section(line.substr(4));
        }
        if (!table || !line.starts_with(".It Ic ")) {
            continue;
        }
        const std::string rest = line.substr(7);
        const std::string name = rest.substr(0, rest.find(' '));
        const std::size_t parenthesis = rest.find(" Pq ");
        const std::string words =
            parenthesis == std::string::npos ? "" : rest.substr(parenthesis + 4);
        const std::string full = table->empty() ? name : *table + "." + name;
        EXPECT_TRUE(keys.emplace(full, replaced(words, "\\(dq", "\"")).second) << line;
    }
    return keys;
}

std::string expected_words(const KeyWords& words) {
    if (words.table == "limits") {
        return "";  // the section says it once for all of them
    }
    std::string text(words.type);
    if (!words.range.empty()) {
        text += ", " + std::string(words.range);
    }
    if (dotted(words) == "command") {
        return text + "; required";
    }
    return text + (words.fallback.empty() ? std::string("; no default")
                                          : "; default " + std::string(words.fallback));
}

std::string section_text(const std::string& page, const std::string& title) {
    std::string text;
    bool inside = false;
    for (const std::string& line : lines_of(page)) {
        if (line.starts_with(".Sh ")) {
            inside = line == ".Sh " + title;
        } else if (inside) {
            text += line + "\n";
        }
    }
    EXPECT_FALSE(text.empty()) << title;
    return text;
}

std::vector<std::string> examples_in(const std::string& page) {
    std::vector<std::string> examples;
    bool inside = false;
    std::istringstream section(section_text(page, "EXAMPLES"));
    for (std::string line; std::getline(section, line);) {
        if (line.starts_with(".Bd")) {
            inside = true;
            examples.emplace_back();
        } else if (line.starts_with(".Ed")) {
            inside = false;
        } else if (inside) {
            examples.back() += line + "\n";
        }
    }
    EXPECT_FALSE(examples.empty()) << page;
    return examples;
}

TEST(Manual, of_job_files_has_every_key_as_the_table_has_it_and_no_other) {
    std::map<std::string, std::string> expected;
    for (const JobKey& key : job_keys()) {
        if (key.words.supported) {
            expected[dotted(key.words)] = expected_words(key.words);
        }
    }
    EXPECT_EQ(keys_in("respawnd.job.5"), expected);
}

TEST(Manual, of_the_settings_has_every_key_as_the_table_has_it_and_no_other) {
    std::map<std::string, std::string> expected;
    for (const SettingsKey& key : settings_keys()) {
        if (key.words.supported) {
            expected[dotted(key.words)] = expected_words(key.words);
        }
    }
    EXPECT_EQ(keys_in("respawnd.toml.5"), expected);
}

TEST(Manual, lists_the_keys_that_restart) {
    std::set<std::string> expected{"target", "instances"};  // with words of their own
    for (const JobKey& key : job_keys()) {
        if (key.change == Change::restart && key.words.table != "limits") {
            expected.emplace(key.words.name);
        }
    }
    std::set<std::string> listed;
    std::istringstream section(section_text("respawnd.job.5", "CHANGES"));
    for (std::string line; std::getline(section, line);) {
        if (line.starts_with(".Ic ")) {
            listed.insert(line.substr(4, line.find(' ', 4) - 4));
        }
    }
    EXPECT_EQ(listed, expected);
}

TEST(Manual, names_what_is_not_supported_yet) {
    const std::string section = section_text("respawnd.job.5", "NOT SUPPORTED YET");
    for (const JobKey& key : job_keys()) {
        if (key.words.supported) {
            continue;
        }
        const bool whole_table = !key.words.table.empty();
        const std::string name =
            whole_table ? "[" + std::string(key.words.table) + "]" : std::string(key.words.name);
        EXPECT_NE(section.find(name), std::string::npos) << name;
    }
}

TEST(Manual, examples_of_job_files_are_good) {
    for (const std::string& text : examples_in("respawnd.job.5")) {
        const ReadJob job = read_job({.name = "example", .file = "example.toml", .text = text},
                                     core::Settings{}, Defaults{});
        EXPECT_TRUE(job.definition) << text;
        for (const Diagnostic& diagnostic : job.diagnostics) {
            ADD_FAILURE() << render(diagnostic);
        }
    }
}

TEST(Manual, examples_of_settings_are_good) {
    for (const std::string& text : examples_in("respawnd.toml.5")) {
        EXPECT_TRUE(read_settings("respawnd.toml", text).settings) << text;
    }
}

TEST(Manual, the_example_of_a_mistake_is_what_is_said) {
    const std::string text = "command = \"/bin/true\"\n\ndirctory = \"/srv/mailer\"\n";
    const ReadJob job = read_job({.name = "mailer", .file = "mailer.toml", .text = text},
                                 core::Settings{}, Defaults{});
    ASSERT_EQ(job.diagnostics.size(), 1U);
    EXPECT_NE(section_text("respawnd.job.5", "DESCRIPTION").find(render(job.diagnostics[0])),
              std::string::npos);
}

}  // namespace
}  // namespace respawnd::config
