#include "config/settings_reader.h"

#include <gtest/gtest.h>

#include "config/settings_text.h"

namespace respawnd::config {
namespace {

using namespace std::chrono_literals;

ReadSettings good(std::string_view text) {
    ReadSettings settings = read_settings("respawnd.toml", text);
    for (const Diagnostic& diagnostic : settings.diagnostics) {
        ADD_FAILURE() << render(diagnostic) << text;
    }
    return settings;
}

constexpr std::string_view everything = R"(
shutdown_timeout = "infinity"
path = "/opt/bin:/bin"
max_jobs = 5
max_instances = 100
[log]
level = "debug"
target = "stderr"
file = "/x/y.log"
max_total = "2G"
[defaults]
user = "www-data"
environment = { LANG = "C", user = "x" }
[defaults.restart]
policy = "always"
retry_after = "1h"
[defaults.limits]
nofile = "1:2"
[defaults.log]
path = "%n-%i.log"
max_size = "infinity"
stderr = "separate"
)";

TEST(SettingsReader, an_empty_file_gives_the_built_in_settings) {
    EXPECT_EQ(*good("").settings, core::Settings{});
}

TEST(SettingsReader, every_key_reaches_the_settings) {
    core::Settings expected;
    expected.shutdown_timeout = core::infinite;
    expected.path = "/opt/bin:/bin";
    expected.max_jobs = 5;
    expected.max_instances = 100;
    expected.log = {.level = core::OwnLogLevel::debug,
                    .target = core::OwnLogTarget::stderr_,
                    .file = "/x/y.log"};
    expected.log_max_total = std::uint64_t{2} << 30;
    EXPECT_EQ(*good(everything).settings, expected);
}

TEST(SettingsReader, the_defaults_of_the_table_are_those_of_the_settings) {
    for (const SettingsKey& key : settings_keys()) {
        if (key.words.supported) {
            const auto text = key.text(core::Settings{});
            EXPECT_EQ(text.value_or("").empty(), key.words.fallback.empty()) << key.words.name;
            if (!key.words.fallback.empty()) {
                const std::string header =
                    key.words.table.empty() ? "" : "[" + std::string(key.words.table) + "]\n";
                const auto read = good(header + std::string(key.words.name) + " = " +
                                       std::string(key.words.fallback));
                EXPECT_EQ(*read.settings, core::Settings{}) << key.words.name;
            }
        }
    }
}

TEST(SettingsText, reads_back_as_the_same) {
    for (const std::string_view text : {std::string_view(""), everything}) {
        const ReadSettings first = good(text);
        const std::string written = settings_text(*first.settings, first.defaults);
        const ReadSettings second = good(written);
        EXPECT_EQ(*second.settings, *first.settings);
        EXPECT_EQ(settings_text(*second.settings, second.defaults), written);
        const JobText job{.name = "a", .file = "a.toml", .text = "command = 'x'"};
        EXPECT_EQ(*read_job(job, *first.settings, first.defaults).definition,
                  *read_job(job, *second.settings, second.defaults).definition);
    }
}

TEST(SettingsText, names_every_setting) {
    const std::string text = settings_text(core::Settings{}, Defaults{});
    EXPECT_EQ(text.substr(0, text.find("enabled")), R"(shutdown_timeout = "1m30s"
path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
max_jobs = 10000
max_instances = 10000

[log]
level = "info"
target = "auto"
# file is not set
max_total = "infinity"

[defaults]
)");
    EXPECT_EQ(text.substr(text.find("\n[defaults.log]")), R"(
[defaults.log]
target = "file"
# path is not set
# group is not set
mode = "0640"
max_size = "10M"
keep = 5
max_total = "infinity"
compress = "zstd"
timestamps = false
stderr = "merged"
events = false
)");
    EXPECT_NE(text.find("\n[defaults.restart]\npolicy = \"on-failure\"\n"), std::string::npos);
    EXPECT_NE(text.find("\n# user is not set\n"), std::string::npos);
}

}  // namespace
}  // namespace respawnd::config
