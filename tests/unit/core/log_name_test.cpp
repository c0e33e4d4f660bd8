#include "core/log_name.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace respawnd::core {
namespace {

std::string name_of(const std::optional<std::string>& path, bool error_output = false) {
    JobDefinition job;
    job.name = "mailer";
    job.log.path = path;
    return log_name(job, {"mailer", 7}, error_output);
}

TEST(LogName, is_that_of_the_job_where_no_path_is_set) {
    EXPECT_EQ(name_of(std::nullopt), "mailer.log");
    EXPECT_EQ(name_of(std::nullopt, true), "mailer.err.log");
}

TEST(LogName, has_its_placeholders_replaced) {
    EXPECT_EQ(name_of("%n-%i.log"), "mailer-7.log");
    EXPECT_EQ(name_of("/srv/%n/%03i-100%%"), "/srv/mailer/007-100%");
    EXPECT_EQ(name_of("%n-%i.log", true), "mailer-7.err.log");
}

TEST(LogName, of_standard_error_keeps_the_ending_log) {
    EXPECT_EQ(name_of("/x/a.log.log", true), "/x/a.log.err.log");
    EXPECT_EQ(name_of("/x/a", true), "/x/a.err");
    EXPECT_EQ(name_of("a.txt", true), "a.txt.err");
    EXPECT_EQ(name_of("a.LOG", true), "a.LOG.err");
    EXPECT_EQ(name_of("/x.log/a", true), "/x.log/a.err");
    EXPECT_EQ(name_of(".log", true), ".err.log");
}

}  // namespace
}  // namespace respawnd::core
