#include "config/job_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/job_reader.h"

namespace respawnd::config {
namespace {

std::vector<std::string> mistakes_of(std::string_view keys, std::string_view table = "restart") {
    const std::string text = "command = 'x'\n[" + std::string(table) + "]\n" + std::string(keys);
    std::vector<std::string> messages;
    for (const Diagnostic& diagnostic :
         read_job({.name = "job", .file = "job.toml", .text = text}, core::Settings{}, Defaults{})
             .diagnostics) {
        messages.push_back(diagnostic.message);
    }
    return messages;
}

TEST(JobRules, the_longest_backoff_is_not_below_the_first) {
    EXPECT_THAT(mistakes_of("backoff = '1m'\n"), testing::IsEmpty());
    EXPECT_THAT(mistakes_of("max_backoff = '0s'\nbackoff = '0s'\n"), testing::IsEmpty());
    EXPECT_THAT(mistakes_of("max_backoff = '50ms'\n"),
                testing::ElementsAre("\"restart.max_backoff\" (50ms) is less than "
                                     "\"restart.backoff\" (100ms)"));
}

TEST(JobRules, all_files_of_a_log_have_room_for_the_one_that_is_written) {
    EXPECT_THAT(mistakes_of("max_total = '10M'\n", "log"), testing::IsEmpty());
    EXPECT_THAT(mistakes_of("max_total = '1M'\nmax_size = '1024K'\n", "log"), testing::IsEmpty());
    EXPECT_THAT(mistakes_of("max_size = 'infinity'\n", "log"), testing::IsEmpty());
    EXPECT_THAT(mistakes_of("max_total = '9M'\n", "log"),
                testing::ElementsAre("\"log.max_total\" (9M) is less than "
                                     "\"log.max_size\" (10M)"));
    EXPECT_THAT(mistakes_of("max_total = '1G'\nmax_size = 'infinity'\n", "log"),
                testing::ElementsAre("\"log.max_total\" (1G) is less than "
                                     "\"log.max_size\" (infinity)"));
}

TEST(JobRules, an_end_is_clean_or_fatal_and_not_both) {
    EXPECT_THAT(mistakes_of("success = [0, 15]\nfatal = ['TERM']\n"), testing::IsEmpty());
    EXPECT_THAT(mistakes_of("fatal = [0]\n"),
                testing::ElementsAre("exit code 0 stands in both \"restart.success\" and "
                                     "\"restart.fatal\""));
    EXPECT_THAT(mistakes_of("success = ['TERM']\nfatal = ['SIGTERM']\n"),
                testing::ElementsAre("SIGTERM stands in both \"restart.success\" and "
                                     "\"restart.fatal\""));
}

}  // namespace
}  // namespace respawnd::config
