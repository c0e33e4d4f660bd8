// The edges of what each key takes. What is said of a bad value stands in cases/bad.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/job_reader.h"

namespace respawnd::config {
namespace {

struct Edges {
    std::string_view table;
    std::string_view key;
    std::vector<std::string_view> good;
    std::vector<std::string_view> bad;
};

std::size_t mistakes_of(const Edges& edges, std::string_view value) {
    std::string text = edges.key == "command" && edges.table.empty() ? "" : "command = 'x'\n";
    if (!edges.table.empty()) {
        text += "[" + std::string(edges.table) + "]\n";
    }
    text += std::string(edges.key) + " = " + std::string(value) + "\n";
    return read_job({.name = "job", .file = "job.toml", .text = text}, core::Settings{}, Defaults{})
        .diagnostics.size();
}

TEST(JobValues, a_log_path_has_room_for_the_longest_number_and_the_endings_of_rotated_files) {
    const auto with = [](const std::string& path) {
        return mistakes_of({.table = "log", .key = "path", .good = {}, .bad = {}},
                           "'" + path + "'");
    };
    EXPECT_EQ(with(std::string(200, 'x')), 0U);
    EXPECT_EQ(with(std::string(201, 'x')), 1U);
    EXPECT_EQ(with(std::string(193, 'x') + "%i"), 0U);
    EXPECT_EQ(with(std::string(194, 'x') + "%i"), 1U);
    std::string folders;
    while (folders.size() < 900) {
        folders += "/" + std::string(99, 'x');
    }
    EXPECT_EQ(with(folders + "/" + std::string(99, 'x')), 0U);
    EXPECT_EQ(with(folders + "/" + std::string(100, 'x')), 1U);
}

TEST(JobValues, are_taken_up_to_their_edges_and_no_further) {
    const std::vector<Edges> all = {
        {"",
         "command",
         {"'a'", "['a']", "['a', '']", "\"a ''\"", "['a', \"b\\nc\\td\"]"},
         {"''", "[]", "['']", "\"''\"", "['a', \"\\r\"]", "'~/a'", "['~']", "'A=b c'", "true"}},
        {"",
         "description",
         {"''", "'ü'", "'%x'"},
         {"\"a\\nb\"", "\"\\u202E\"", "\"\\u0085\"", "5"}},
        {"", "instances", {"1", "100000", "0x10", "1_000"}, {"0", "-1", "100001", "1.0", "true"}},
        {"", "first_instance", {"0", "1000000"}, {"-1", "1000001"}},
        {"", "nice", {"-20", "19", "+5"}, {"-21", "20", "9223372036854775807"}},
        {"", "oom_score_adj", {"-1000", "1000"}, {"-1001", "1001"}},
        {"",
         "umask",
         {"'0'", "'0000'", "'777'", "'0777'", "'00022'"},
         {"''", "'8'", "'1000'", "'-1'", "' 22'", "'0o22'", "'0x12'", "22"}},
        {"",
         "user",
         {"'a'", "'0'", "'4294967294'", "'www-data'", "'a.b@c'", "'a\\b'", "'a b'", "'ü'", "'_x'"},
         {"''",
          "'-1'",
          "'-a'",
          "'0x0'",
          "'1a'",
          "'00'",
          "'01'",
          "'65535'",
          "'4294967295'",
          "'4294967296'",
          "'99999999999999999999'",
          "'a:b'",
          "'a/b'",
          "' a'",
          "'a '",
          "\"a\\tb\"",
          "'.'",
          "'..'",
          "'~a'",
          "'+1'",
          "0"}},
        {"",
         "directory",
         {"'/'", "'/a b'", "'/%n/%i/%03i/%%'"},
         {"''", "'a'", "'~'", "'/%'", "'/%0i'"}},
        {"",
         "runtime_directory",
         {"'a'", "'a/b'", "[]", "['a', 'b']", "'%n-%i'", "'...'", "'respawnd2'"},
         {"''", "'/a'", "'a/'", "'..'", "'a/../b'", "'a//b'", "'.'", "'respawnd'", "'respawnd/x'",
          "['a', '']", "'%x'", "5", "[5]"}},
        {"",
         "capabilities",
         {"[]", "['CAP_KILL']", "['kill', 'KILL']"},
         {"['']", "['CAP_']", "'kill'"}},
        {"",
         "environment",
         {"{}", "{ _a9 = '' }", "{ A = -5 }", "{ A = \"x\\ny\" }", "{ PATH = '/b' }"},
         {"[]", "{ '' = 'x' }", "{ 9a = '' }", "{ a-b = '' }", "{ 'a=b' = '' }", "{ A = [] }",
          "{ A = {} }", "{ RESPAWND_X = '' }", "{ A = \"\\u0000\" }", "{ A.B = 'x' }"}},
        {"",
         "environment_file",
         {"'/a'", "'-/a'", "[]", "['/a', '-/b']"},
         {"''", "'-'", "'a'", "'--/a'"}},
        {"",
         "pass_environment",
         {"[]", "['A']"},
         {"'A'", "['a b']", "['RESPAWND_JOB']", "['A=b']"}},
        {"restart",
         "delay",
         {"'0s'", "'365d'", "'1us'"},
         {"'infinity'", "'365d1us'", "'-1s'", "0"}},
        {"restart", "max_backoff", {"'100ms'", "'365d'"}, {"'99ms'", "'infinity'"}},
        {"restart", "multiplier", {"1", "1.0", "1000"}, {"0.99", "1000.1", "nan", "inf", "-1"}},
        {"restart", "jitter", {"0", "0.0", "1", "1.0"}, {"-0.1", "1.1", "nan", "-inf"}},
        {"restart", "reset_after", {"'0s'", "'infinity'"}, {"'366d'"}},
        {"restart", "limit", {"0", "1000"}, {"-1", "1001"}},
        {"restart", "window", {"'1ms'", "'infinity'"}, {"'0s'", "'999us'"}},
        {"restart", "retry_after", {"'1s'"}, {"'0s'", "'999ms'", "'infinity'"}},
        {"restart",
         "success",
         {"[]", "[0, 255]", "['TERM', 'SIGRTMIN+3']", "[0x10]"},
         {"[-1]", "[256]", "['0']", "['SIGFOO']", "0", "[[0]]", "[true]"}},
        {"stop",
         "signal",
         {"'TERM'", "'SIGKILL'", "'SIGRTMIN'", "'SIGRTMIN+30'"},
         {"'SIGSTOP'", "'STOP'", "'CONT'", "''", "'SIG'", "'15'", "'SIGRTMIN+31'", "'term'"}},
        {"stop", "timeout", {"'0s'", "'infinity'"}, {"''", "'10'"}},
        {"limits",
         "nofile",
         {"0", "'infinity'", "'0:0'", "'1:infinity'", "'infinity:infinity'", "9223372036854775807",
          "'0:18446744073709551614'"},
         {"-1", "''", "':'", "'1:'", "':1'", "'2:1'", "'infinity:1'", "'1:2:3'", "'1'",
          "'0:18446744073709551615'", "'-1:1'", "1.0", "[]"}},
        {"log", "target", {"'file'", "'journal'", "'inherit'", "'none'"}, {"''", "'File'", "5"}},
        {"log",
         "path",
         {"'a'", "'a b.log'", "'/a'", "'/a/b.log'", "'%n-%02i.log'", "'/x/%n/%i'", "'...'", "'.a'",
          "'respawnd.log.x'", "'/var/respawnd.log'", "'100%%'"},
         {"''",      "'.'",   "'..'",      "'/'",         "'/.'",           "'/..'",     "'a/'",
          "'/a/'",   "'a/b'", "'./a'",     "'../a'",      "'~/a'",          "'/a/../b'", "'/a/./b'",
          "'/a//b'", "'//a'", "\"a\\nb\"", "\"\\u0007\"", "'respawnd.log'", "'%x'",      "'%'",
          "5",       "['a']"}},
        {"log", "group", {"'a'", "'0'", "'adm'"}, {"''", "'-1'", "'a:b'", "4"}},
        {"log",
         "mode",
         {"'0640'", "'0200'", "'777'", "'0600'"},
         {"''", "'0440'", "'0'", "'0577'", "'1640'", "'4640'", "'68'", "640", "0o640"}},
        {"log",
         "max_size",
         {"'4K'", "'5K'", "'1024T'", "'infinity'", "'10M'"},
         {"''", "'3K'", "'0K'", "'1025T'", "'10'", "'10m'", "'10MB'", "'-1M'", "'99999999999T'",
          "10", "true"}},
        {"log", "keep", {"0", "1000"}, {"-1", "1001", "'5'", "5.0"}},
        {"log",
         "max_total",
         {"'10M'", "'1024T'", "'infinity'"},
         {"'9M'", "'4K'", "'3K'", "'1025T'", "'none'", "0"}},
        {"log", "compress", {"'zstd'", "'none'"}, {"''", "'gzip'", "true"}},
        {"log", "timestamps", {"true", "false"}, {"'true'", "1"}},
        {"log", "stderr", {"'merged'", "'separate'"}, {"''", "'file'", "false"}},
        {"log", "events", {"true", "false"}, {"'yes'", "[]"}},
    };
    for (const Edges& edges : all) {
        for (const std::string_view value : edges.good) {
            EXPECT_EQ(mistakes_of(edges, value), 0U) << edges.key << " = " << value;
        }
        for (const std::string_view value : edges.bad) {
            EXPECT_EQ(mistakes_of(edges, value), 1U) << edges.key << " = " << value;
        }
    }
}

}  // namespace
}  // namespace respawnd::config
