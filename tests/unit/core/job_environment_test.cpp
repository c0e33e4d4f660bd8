#include "core/job_environment.h"

#include <gtest/gtest.h>

namespace respawnd::core {
namespace {

std::optional<std::string> nothing_of_our_own(const std::string&) {
    return std::nullopt;
}

std::vector<std::string> environment_of(const JobDefinition& definition,
                                        const std::map<std::string, std::string>& from_files = {}) {
    return job_environment(definition, {"mailer", 2}, 0xabc, {"www", "/srv", "/bin/sh"}, from_files,
                           nothing_of_our_own);
}

TEST(JobEnvironment, a_plain_job_gets_the_few_variables_that_programs_rely_on) {
    EXPECT_EQ(environment_of({}),
              (std::vector<std::string>{
                  "HOME=/srv", "LANG=C.UTF-8", "LOGNAME=www",
                  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                  "RESPAWND_GENERATION=0000000000000abc", "RESPAWND_INSTANCE=mailer",
                  "RESPAWND_JOB=mailer", "SHELL=/bin/sh", "USER=www"}));
}

TEST(JobEnvironment, one_of_several_instances_has_its_number_in_its_name) {
    JobDefinition definition;
    definition.instances = 3;
    EXPECT_EQ(value_in(environment_of(definition), "RESPAWND_INSTANCE"), "mailer@2");
}

TEST(JobEnvironment, later_sources_win_and_our_marks_cannot_be_replaced) {
    JobDefinition definition;
    definition.program.environment = {{"B", "table of %n"}, {"RESPAWND_JOB", "forged"}};
    const auto environment =
        environment_of(definition, {{"A", "file"}, {"B", "file"}, {"RESPAWND_GENERATION", "1"}});
    EXPECT_EQ(value_in(environment, "A"), "file");
    EXPECT_EQ(value_in(environment, "B"), "table of mailer");
    EXPECT_EQ(value_in(environment, "RESPAWND_JOB"), "mailer");
    EXPECT_EQ(value_in(environment, "RESPAWND_GENERATION"), "0000000000000abc");
}

TEST(JobEnvironment, only_what_is_named_is_passed) {
    JobDefinition definition;
    definition.program.pass_environment = {"TZ", "MISSING"};
    const auto environment = job_environment(
        definition, {"mailer", 1}, 1, {"www", "/srv", "/bin/sh"}, {},
        [](const std::string& name) -> std::optional<std::string> {
            return name == "MISSING" ? std::nullopt : std::optional<std::string>("own " + name);
        });
    EXPECT_EQ(value_in(environment, "TZ"), "own TZ");
    EXPECT_EQ(value_in(environment, "LANG"), "own LANG");
    EXPECT_EQ(value_in(environment, "MISSING"), "");
    EXPECT_EQ(value_in(environment, "HOME"), "/srv");
}

TEST(JobEnvironment, a_generation_is_read_back_from_its_text_and_from_no_other) {
    for (const Generation generation : {Generation{1}, Generation{0xfedcba9876543210}}) {
        EXPECT_EQ(generation_number(generation_text(generation)), generation);
    }
    for (const char* text : {"", "1", "000000000000000g", "00000000000000001", " 000000000000001",
                             "-000000000000001", "0x00000000000001"}) {
        EXPECT_EQ(generation_number(text), 0U) << text;
    }
}

}  // namespace
}  // namespace respawnd::core
