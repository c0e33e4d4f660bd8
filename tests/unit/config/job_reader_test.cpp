#include "config/job_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "config/settings_reader.h"

namespace respawnd::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

ReadJob read(std::string_view text, const Defaults& defaults = {}, std::string_view name = "job") {
    return read_job({.name = name, .file = "job.toml", .text = text}, core::Settings{}, defaults);
}

core::JobDefinition good(std::string_view text, const Defaults& defaults = {}) {
    const ReadJob job = read(text, defaults);
    for (const Diagnostic& diagnostic : job.diagnostics) {
        ADD_FAILURE() << render(diagnostic);
    }
    return job.definition.value_or(core::JobDefinition{});
}

Defaults defaults_of(std::string_view text) {
    ReadSettings settings = read_settings("respawnd.toml", text);
    for (const Diagnostic& diagnostic : settings.diagnostics) {
        ADD_FAILURE() << render(diagnostic);
    }
    return std::move(settings.defaults);
}

TEST(JobReader, command_alone_makes_a_job_of_defaults) {
    core::JobDefinition expected;
    expected.name = "job";
    expected.program.command = {"/bin/true", "x"};
    EXPECT_EQ(good("command = '/bin/true x'"), expected);
}

TEST(JobReader, every_key_reaches_the_definition) {
    const core::JobDefinition job = good(R"(
command = ["/bin/%n", "%02i", "100%%"]
description = "d"
enabled = false
instances = 3
first_instance = 0
user = "u"
group = "0"
supplementary_groups = ["a", "4"]
directory = "/srv/%n"
umask = "027"
runtime_directory = "%n"
state_directory = ["a/b", "c"]
nice = -5
oom_score_adj = 500
no_new_privileges = true
capabilities = ["net_raw", "CAP_CHOWN", "CAP_NET_RAW"]
environment_file = ["-/a", "/b"]
pass_environment = ["LANG"]
environment = { A = "1", B = 2 }
[restart]
policy = "never"
delay = "1s"
backoff = "2s"
max_backoff = "3s"
multiplier = 4
jitter = 0.5
reset_after = "6s"
limit = 7
window = "8s"
retry_after = "9s"
success = ["HUP", 3, 0, 3]
fatal = [78]
[stop]
signal = "QUIT"
timeout = "infinity"
scope = "all"
command = "a 'b c'"
[limits]
stack = 5
nofile = "1:infinity"
core = "infinity"
[log]
target = "none"
path = "/srv/%n-%i.log"
group = "g"
mode = "0600"
max_size = "1M"
keep = 9
max_total = "2G"
compress = "none"
timestamps = true
stderr = "separate"
events = true
)");
    core::JobDefinition expected;
    expected.name = "job";
    expected.description = "d";
    expected.enabled = false;
    expected.instances = 3;
    expected.first_instance = 0;
    expected.program = {.command = {"/bin/%n", "%02i", "100%%"},
                        .user = "u",
                        .group = "0",
                        .supplementary_groups = {{"a", "4"}},
                        .directory = "/srv/%n",
                        .umask = 0027,
                        .runtime_directory = {"%n"},
                        .state_directory = {"a/b", "c"},
                        .nice = -5,
                        .oom_score_adj = 500,
                        .no_new_privileges = true,
                        .capabilities = {{0, 13}},
                        .environment = {{"A", "1"}, {"B", "2"}},
                        .environment_file = {{"/a", true}, {"/b", false}},
                        .pass_environment = {"LANG"},
                        .limits = {{RLIMIT_STACK, "stack", 5, 5},
                                   {RLIMIT_CORE, "core", RLIM_INFINITY, RLIM_INFINITY},
                                   {RLIMIT_NOFILE, "nofile", 1, RLIM_INFINITY}},
                        .has_output = false};
    expected.restart = {.policy = core::RestartPolicy::never,
                        .limit = 7,
                        .delay = 1s,
                        .backoff = 2s,
                        .max_backoff = 3s,
                        .multiplier = 4,
                        .jitter = 0.5,
                        .reset_after = 6s,
                        .window = 8s,
                        .retry_after = 9s,
                        .success = {{core::EndMatch::Kind::exit_code, 0},
                                    {core::EndMatch::Kind::exit_code, 3},
                                    {core::EndMatch::Kind::signal, SIGHUP}},
                        .fatal = {{core::EndMatch::Kind::exit_code, 78}}};
    expected.stop = {.signal = SIGQUIT,
                     .timeout = core::infinite,
                     .scope = core::StopScope::all,
                     .command = {"a", "b c"}};
    expected.log = {.path = "/srv/%n-%i.log",
                    .group = "g",
                    .max_size = 1024UL * 1024,
                    .max_total = 2048UL * 1024 * 1024,
                    .mode = 0600,
                    .keep = 9,
                    .target = core::LogTarget::none,
                    .compress = core::LogCompression::none,
                    .timestamps = true,
                    .events = true};
    EXPECT_EQ(job, expected);
}

TEST(JobReader, the_order_of_keys_makes_no_difference) {
    const auto one = good(
        "command = \"a\"\n[limits]\ncore = 1\nnofile = 2\n[restart]\n"
        "success = [1, 0]\n");
    const auto other = good(
        "command = [\"a\"]\n[restart]\nsuccess = [0, 1]\n[limits]\n"
        "nofile = 2\ncore = 1\n");
    EXPECT_EQ(one, other);
}

TEST(JobReader, defaults_merge_key_by_key) {
    const Defaults defaults = defaults_of(R"(
[defaults]
user = "www-data"
pass_environment = ["LANG", "TZ"]
[defaults.environment]
A = "default"
B = "default"
[defaults.restart]
policy = "always"
delay = "5s"
fatal = [78]
[defaults.limits]
core = 0
nofile = 1024
)");
    const auto job = good(R"(
command = "/bin/true"
pass_environment = ["PATH"]
[environment]
B = "own"
C = "own"
[restart]
delay = "1s"
[limits]
nofile = 99
)",
                          defaults);
    EXPECT_EQ(job.program.user, "www-data");
    EXPECT_THAT(job.program.pass_environment, ElementsAre("PATH"));
    EXPECT_EQ(job.program.environment,
              (std::map<std::string, std::string>{{"A", "default"}, {"B", "own"}, {"C", "own"}}));
    EXPECT_EQ(job.restart.policy, core::RestartPolicy::always);
    EXPECT_EQ(job.restart.delay, core::Duration(1s));
    EXPECT_EQ(job.restart.fatal.size(), 1U);
    ASSERT_EQ(job.program.limits.size(), 2U);
    EXPECT_EQ(job.program.limits[1].soft, 99U);
}

TEST(JobReader, a_default_that_only_this_job_cannot_have_is_told_in_its_file) {
    const Defaults defaults = defaults_of("[defaults]\nruntime_directory = \"%n\"\n");
    EXPECT_TRUE(read("command = \"a\"", defaults, "web").definition);
    const ReadJob job = read("command = \"a\"\n[log]\npath = \"x.log\"", defaults, "respawnd");
    ASSERT_EQ(job.diagnostics.size(), 1U);
    EXPECT_EQ(render(job.diagnostics[0]),
              "job.toml:1:1: error: \"runtime_directory\" must not be \"respawnd\", which is "
              "respawnd's own folder (it stands in [defaults])\n"
              "    command = \"a\"\n"
              "    ^\n");
}

TEST(JobReader, standard_error_is_separate_only_where_there_is_an_output) {
    const auto separate = [](const std::string& of_defaults, const std::string& own) {
        const Defaults defaults = defaults_of("[defaults.log]\n" + of_defaults + "\n");
        const auto job = read("command = \"a\"\n[log]\n" + own + "\n", defaults).definition;
        return job ? job->program.separate_stderr : false;
    };
    EXPECT_FALSE(separate("", ""));
    EXPECT_TRUE(separate("", "stderr = 'separate'"));
    EXPECT_TRUE(separate("", "target = 'journal'\nstderr = 'separate'"));
    EXPECT_FALSE(separate("", "target = 'none'\nstderr = 'separate'"));
    EXPECT_FALSE(separate("", "stderr = 'separate'\ntarget = 'none'"));
    EXPECT_TRUE(separate("stderr = 'separate'", ""));
    EXPECT_FALSE(separate("stderr = 'separate'", "target = 'none'"));
    EXPECT_FALSE(separate("stderr = 'separate'", "stderr = 'merged'"));
    EXPECT_TRUE(separate("target = 'none'\nstderr = 'separate'", "target = 'file'"));
    EXPECT_FALSE(separate("target = 'none'", "stderr = 'separate'"));
}

TEST(JobReader, a_default_of_the_log_can_be_taken_back) {
    const Defaults defaults = defaults_of("[defaults.log]\nmax_total = \"50M\"\n");
    EXPECT_EQ(read("command = \"a\"", defaults).definition->log.max_total, 50U * 1024 * 1024);
    EXPECT_EQ(read("command = \"a\"\n[log]\nmax_total = \"infinity\"", defaults)
                  .definition->log.max_total,
              core::unlimited_size);
}

TEST(JobReader, the_log_of_the_daemon_is_taken) {
    const ReadJob job = read("command = \"a\"", {}, "respawnd");
    ASSERT_EQ(job.diagnostics.size(), 1U);
    EXPECT_EQ(
        render(job.diagnostics[0]),
        "job.toml:1:1: error: the log would be \"respawnd.log\", the file of the daemon's own "
        "messages\n"
        "    command = \"a\"\n"
        "    ^\n"
        "    write another name below [log], such as path = \"%n.out.log\"\n");
    EXPECT_TRUE(read("command = 'a'\n[log]\ntarget = 'none'", {}, "respawnd").definition);
    EXPECT_TRUE(read("command = 'a'\n[log]\npath = '%n.out.log'", {}, "respawnd").definition);
    EXPECT_TRUE(read("command = 'a'\n[log]\npath = '%n.log'", {}, "Respawnd").definition);

    const Defaults defaults = defaults_of("[defaults.log]\npath = \"%n.log\"\n");
    EXPECT_TRUE(read("command = 'a'", defaults, "web").definition);
    EXPECT_EQ(read("command = 'a'", defaults, "respawnd").diagnostics.size(), 1U);
}

TEST(JobReader, a_rule_between_a_default_and_a_key_is_told_at_the_key) {
    const Defaults defaults = defaults_of("[defaults.restart]\nmax_backoff = \"10s\"\n");
    const ReadJob job = read("command = \"a\"\n[restart]\nbackoff = \"20s\"\n", defaults);
    ASSERT_EQ(job.diagnostics.size(), 1U);
    EXPECT_EQ(job.diagnostics[0].line, 3U);
}

TEST(JobReader, the_search_path_comes_from_the_settings) {
    core::Settings settings;
    settings.path = "/opt/bin";
    const ReadJob job =
        read_job({.name = "a", .file = "a.toml", .text = "command = 'x'"}, settings, {});
    EXPECT_EQ(job.definition->program.path, "/opt/bin");
}

TEST(JobReader, names_of_jobs_are_short_and_plain) {
    for (const std::string& name :
         {std::string("a"), std::string("A.b_c-9"), std::string("0"), std::string(64, 'x')}) {
        EXPECT_EQ(job_name_mistake(name), std::nullopt) << name;
    }
    for (const std::string& name :
         {std::string(""), std::string("."), std::string(".."), std::string(".a"),
          std::string("-a"), std::string("_a"), std::string("a b"), std::string("a/b"),
          std::string("a@1"), std::string("a\n"), std::string("\x1b[2J"), std::string("ü"),
          std::string(65, 'x'), std::string("a\0b", 3)}) {
        EXPECT_NE(job_name_mistake(name), std::nullopt) << name;
        EXPECT_FALSE(read("command = 'a'", {}, name).definition);
    }
    EXPECT_EQ(
        render(read("command = 'a'", {}, "a b").diagnostics.at(0)),
        "job.toml: error: \"a b\" cannot be the name of a job: at most 64 letters, digits and "
        ". _ -, a letter or digit first\n"
        "    rename the file\n");
}

TEST(JobReader, mistakes_are_told_in_their_order_and_beyond_a_hundred_counted) {
    std::string text = "command = 'a'\n";
    for (int i = 0; i < 150; ++i) {
        text += "usr" + std::to_string(i) + " = 1\n";
    }
    const ReadJob job = read(text);
    ASSERT_EQ(job.diagnostics.size(), 101U);
    for (std::size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(job.diagnostics[i].line, i + 2);
    }
    EXPECT_EQ(render(job.diagnostics[100]), "job.toml: error: and 50 more\n");
}

// Work that grew with the square of the number of keys would take minutes here.
TEST(JobReader, a_hundred_thousand_unknown_keys_cost_little) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
        text += "k" + std::to_string(i) + "=1\n";
    }
    const ReadJob job = read(text);
    ASSERT_EQ(job.diagnostics.size(), 101U);
    EXPECT_EQ(job.diagnostics.back().message, "and 99901 more");
}

TEST(JobReader, however_long_the_text_what_is_said_of_it_is_short) {
    const std::string name(100'000, 'A');
    for (const std::string& text :
         {"command = \"" + name + "=" + name + " x\"", name + " = 1", "[" + name + "]",
          "[" + name + "]\n[" + name + "]", name + " = 1\n" + name + " = 1", name + " = x",
          name + ": x", "enabled = " + name, "enabled = \"" + name + "\"",
          "umask = \"" + name + "\"",
          "[restart]\ndelay = \"" + name + "\"\npolicy = \"" + name + "\"\nsuccess = [\"" + name +
              "\"]\nfatal = \"" + name + "\"",
          "[environment]\n" + name + " = true\n\"-" + name + "\" = \"\"",
          "user = \"1" + name + "\"", "directory = \"" + name + "\"",
          "runtime_directory = \"" + name + "\"", "[limits]\ncore = \"" + name + "\"",
          "capabilities = [\"" + name + "\"]", "[stop]\nsignal = \"" + name + "\"",
          "instances = 1" + std::string(100'000, '0')}) {
        const ReadJob job = read(text);
        ASSERT_FALSE(job.diagnostics.empty());
        for (const Diagnostic& diagnostic : job.diagnostics) {
            EXPECT_LT(render(diagnostic).size(), 1500U) << render(diagnostic).substr(0, 300);
        }
    }
}

TEST(JobReader, words_have_a_limit) {
    std::string many = "command = [\"a\"";
    for (int i = 0; i < 1000; ++i) {
        many += ", \"b\"";
    }
    EXPECT_NE(read(many + "]").diagnostics.at(0).message.find("more than 1000 items"),
              std::string::npos);
    const std::string large = "command = [\"a\", \"" + std::string(128 * 1024, 'x') + "\"]";
    EXPECT_EQ(read(large).diagnostics.at(0).message, "\"command\" is longer than 128 KiB");
}

}  // namespace
}  // namespace respawnd::config
