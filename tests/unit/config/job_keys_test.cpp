#include "config/job_keys.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "config/job_reader.h"

namespace respawnd::config {
namespace {

std::string file_with(const KeyWords& words, std::string_view value) {
    const std::string line = std::string(words.name) + " = " + std::string(value) + "\n";
    const std::string command = dotted(words) == "command" ? "" : "command = \"/bin/true\"\n";
    return words.table.empty() ? line + command
                               : command + "[" + std::string(words.table) + "]\n" + line;
}

core::JobDefinition definition_with(const KeyWords& words, std::string_view value) {
    const std::string text = file_with(words, value);
    const ReadJob job =
        read_job({.name = "job", .file = "job.toml", .text = text}, core::Settings{}, Defaults{});
    for (const Diagnostic& diagnostic : job.diagnostics) {
        ADD_FAILURE() << render(diagnostic);
    }
    return job.definition.value_or(core::JobDefinition{});
}

struct TwoValues {
    std::string_view one;
    std::string_view other;
};

// Two values for each supported key, neither of them the default's equal.
const std::map<std::string, TwoValues> values = {
    {"command", {R"("/bin/a")", R"("/bin/b")"}},
    {"description", {R"("a")", R"("b")"}},
    {"enabled", {"true", "false"}},
    {"instances", {"2", "3"}},
    {"first_instance", {"0", "2"}},
    {"user", {R"("a")", R"("b")"}},
    {"group", {R"("a")", R"("b")"}},
    {"supplementary_groups", {"[]", R"(["a"])"}},
    {"directory", {R"("/a")", R"("/b")"}},
    {"umask", {R"("0077")", R"("0027")"}},
    {"runtime_directory", {R"("a")", R"("b")"}},
    {"state_directory", {R"("a")", R"("b")"}},
    {"nice", {"1", "2"}},
    {"oom_score_adj", {"1", "2"}},
    {"no_new_privileges", {"true", "false"}},
    {"capabilities", {"[]", R"(["chown"])"}},
    {"environment", {R"({ A = "1" })", R"({ A = "2" })"}},
    {"environment_file", {R"("/a")", R"("-/a")"}},
    {"pass_environment", {R"(["A"])", R"(["B"])"}},
    {"restart.policy", {R"("always")", R"("never")"}},
    {"restart.delay", {R"("1s")", R"("2s")"}},
    {"restart.backoff", {R"("1s")", R"("2s")"}},
    {"restart.max_backoff", {R"("1s")", R"("2s")"}},
    {"restart.multiplier", {"1.5", "3"}},
    {"restart.jitter", {"0", "1"}},
    {"restart.reset_after", {R"("1s")", R"("2s")"}},
    {"restart.limit", {"1", "2"}},
    {"restart.window", {R"("1s")", R"("2s")"}},
    {"restart.retry_after", {R"("1s")", R"("2s")"}},
    {"restart.success", {"[]", "[1]"}},
    {"restart.fatal", {"[1]", "[2]"}},
    {"stop.signal", {R"("INT")", R"("QUIT")"}},
    {"stop.timeout", {R"("1s")", R"("2s")"}},
    {"stop.scope", {R"("main")", R"("all")"}},
    {"stop.command", {R"("a")", R"("b")"}},
    {"log.target", {R"("file")", R"("inherit")"}},
    {"log.path", {R"("a.log")", R"("b.log")"}},
    {"log.group", {R"("a")", R"("b")"}},
    {"log.mode", {R"("0600")", R"("0644")"}},
    {"log.max_size", {R"("1M")", R"("infinity")"}},
    {"log.keep", {"0", "1"}},
    {"log.max_total", {R"("20M")", R"("30M")"}},
    {"log.compress", {R"("zstd")", R"("none")"}},
    {"log.timestamps", {"true", "false"}},
    {"log.stderr", {R"("merged")", R"("separate")"}},
    {"log.events", {"true", "false"}},
};

TwoValues values_for(const KeyWords& words) {
    if (words.table == "limits") {
        return {"1", "2"};
    }
    const auto found = values.find(dotted(words));
    EXPECT_NE(found, values.end()) << dotted(words) << " needs two values above";
    return found == values.end() ? TwoValues{} : found->second;
}

TEST(JobKeys, a_key_restarts_if_and_only_if_it_changes_the_program) {
    for (const JobKey& key : job_keys()) {
        if (!key.words.supported) {
            continue;
        }
        const TwoValues two = values_for(key.words);
        const auto one = definition_with(key.words, two.one);
        const auto other = definition_with(key.words, two.other);
        EXPECT_NE(one, other) << dotted(key.words);
        EXPECT_EQ(one.program != other.program, key.change == Change::restart) << dotted(key.words);
    }
}

TEST(JobKeys, a_log_target_restarts_only_to_and_from_none) {
    const KeyWords target{
        .table = "log", .name = "target", .type = {}, .fallback = {}, .range = {}};
    for (const std::string_view other : {R"("inherit")", R"("journal")"}) {
        EXPECT_EQ(definition_with(target, R"("file")").program,
                  definition_with(target, other).program);
    }
    EXPECT_NE(definition_with(target, R"("file")").program,
              definition_with(target, R"("none")").program);
}

TEST(JobKeys, the_defaults_of_the_table_are_those_of_a_definition) {
    core::JobDefinition bare;
    bare.name = "job";
    bare.program.command = {"/bin/true"};
    for (const JobKey& key : job_keys()) {
        if (key.words.supported && !key.words.fallback.empty()) {
            EXPECT_EQ(definition_with(key.words, key.words.fallback), bare) << dotted(key.words);
        }
    }
}

TEST(JobKeys, every_supported_row_has_a_reader_and_no_other) {
    std::set<std::string> names;
    for (const JobKey& key : job_keys()) {
        EXPECT_EQ(key.words.supported, key.read != nullptr) << dotted(key.words);
        EXPECT_TRUE(names.insert(dotted(key.words)).second) << dotted(key.words);
    }
}

TEST(JobKeys, rows_of_a_table_stand_together) {
    std::set<std::string_view> seen;
    std::string_view last = "none";
    for (const JobKey& key : job_keys()) {
        if (key.words.table != last) {
            EXPECT_TRUE(seen.insert(key.words.table).second) << key.words.table;
            last = key.words.table;
        }
    }
}

TEST(JobKeys, each_key_misspelt_gets_itself_suggested) {
    for (const JobKey& key : job_keys()) {
        if (!key.words.supported || key.words.name.size() < 4) {
            continue;
        }
        std::string slip(key.words.name);
        slip.erase(2, 1);
        KeyWords misspelt = key.words;
        misspelt.name = slip;
        const std::string text = file_with(misspelt, "1");
        const ReadJob job = read_job({.name = "job", .file = "job.toml", .text = text},
                                     core::Settings{}, Defaults{});
        EXPECT_FALSE(job.definition);
        ASSERT_FALSE(job.diagnostics.empty());
        EXPECT_EQ(job.diagnostics[0].hint, "did you mean \"" + std::string(key.words.name) + "\"?")
            << text;
    }
}

TEST(JobKeys, each_later_key_is_refused_by_name) {
    for (const JobKey& key : job_keys()) {
        if (!key.words.supported) {
            const std::string text = file_with(key.words, "1");
            const ReadJob job = read_job({.name = "job", .file = "job.toml", .text = text},
                                         core::Settings{}, Defaults{});
            ASSERT_EQ(job.diagnostics.size(), 1U);
            EXPECT_EQ(job.diagnostics[0].message,
                      "\"" + dotted(key.words) + "\" is not supported yet");
        }
    }
}

}  // namespace
}  // namespace respawnd::config
