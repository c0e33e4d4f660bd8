#include "config/job_set_rules.h"

#include <gtest/gtest.h>

namespace respawnd::config {
namespace {

void add(ReadJobs& jobs, const std::string& name, const std::string& rest = "") {
    const std::string text = "command = \"/bin/true\"\n" + rest;
    jobs.emplace(name, read_job({.name = name, .file = name + ".toml", .text = text},
                                core::Settings{}, Defaults{}));
}

TEST(JobSetRules, the_last_names_are_too_many) {
    ReadJobs jobs;
    for (const char* name : {"c", "a", "b", "A"}) {
        add(jobs, name);
    }
    core::Settings settings;
    settings.max_jobs = 3;
    check_job_set(jobs, settings);
    EXPECT_TRUE(jobs.at("A").definition);
    EXPECT_TRUE(jobs.at("a").definition);
    EXPECT_TRUE(jobs.at("b").definition);
    ASSERT_FALSE(jobs.at("c").definition);
    EXPECT_EQ(render(jobs.at("c").diagnostics.at(0)),
              "c.toml:1:1: error: this is one job more than \"max_jobs\" allows (3)\n"
              "    command = \"/bin/true\"\n"
              "    ^\n"
              "    raise max_jobs in respawnd.toml\n");
}

TEST(JobSetRules, the_job_that_exceeds_the_instances_is_refused_and_smaller_ones_stay) {
    ReadJobs jobs;
    add(jobs, "a", "instances = 6\n");
    add(jobs, "b", "instances = 5\n");
    add(jobs, "c", "instances = 4\n");
    core::Settings settings;
    settings.max_instances = 10;
    check_job_set(jobs, settings);
    EXPECT_TRUE(jobs.at("a").definition);
    EXPECT_TRUE(jobs.at("c").definition);
    ASSERT_FALSE(jobs.at("b").definition);
    EXPECT_EQ(render(jobs.at("b").diagnostics.at(0)),
              "b.toml:2:1: error: with 5 instances of this job there are more than "
              "\"max_instances\" allows (10)\n"
              "    instances = 5\n"
              "    ^\n"
              "    raise max_instances in respawnd.toml\n");
}

TEST(JobSetRules, a_broken_file_takes_no_place) {
    ReadJobs jobs;
    add(jobs, "a", "instances = \n");
    add(jobs, "b");
    core::Settings settings;
    settings.max_jobs = 1;
    check_job_set(jobs, settings);
    EXPECT_FALSE(jobs.at("a").definition);
    EXPECT_TRUE(jobs.at("b").definition);
}

TEST(JobSetRules, no_two_jobs_write_one_log) {
    ReadJobs jobs;
    for (const char* name : {"a", "b", "c", "d"}) {
        add(jobs, name);
    }
    jobs.at("b").definition->log.path = "a.log";
    jobs.at("c").definition->log = {.target = core::LogTarget::none, .path = "a.log", .group = {}};
    check_job_set(jobs, core::Settings{});
    EXPECT_TRUE(jobs.at("a").definition);
    ASSERT_FALSE(jobs.at("b").definition);
    EXPECT_EQ(jobs.at("b").diagnostics.at(0).message, "job \"a\" writes the log \"a.log\" already");
    EXPECT_TRUE(jobs.at("c").definition);
    EXPECT_TRUE(jobs.at("d").definition);
}

}  // namespace
}  // namespace respawnd::config
