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
    jobs.at("c").definition->log = {.path = "a.log", .group = {}, .target = core::LogTarget::none};
    check_job_set(jobs, core::Settings{});
    EXPECT_TRUE(jobs.at("a").definition);
    ASSERT_FALSE(jobs.at("b").definition);
    EXPECT_EQ(jobs.at("b").diagnostics.at(0).message, "job \"a\" writes the log \"a.log\" already");
    EXPECT_TRUE(jobs.at("c").definition);
    EXPECT_TRUE(jobs.at("d").definition);
}

/// What is said of job b beside job a, each with these keys below [log].
std::string said_of_b(const std::string& of_a, const std::string& of_b,
                      const core::Settings& settings = {}) {
    ReadJobs jobs;
    add(jobs, "a", of_a);
    add(jobs, "b", of_b);
    EXPECT_TRUE(jobs.at("a").definition);
    EXPECT_TRUE(jobs.at("b").definition);
    check_job_set(jobs, settings);
    EXPECT_TRUE(jobs.at("a").definition);
    const auto& said = jobs.at("b").diagnostics;
    EXPECT_EQ(said.empty(), jobs.at("b").definition.has_value());
    return said.empty() ? "" : said.at(0).message;
}

TEST(JobSetRules, each_instance_has_its_log_with_its_number) {
    const std::string three = "instances = 3\n[log]\n";
    EXPECT_EQ(said_of_b(three, three), "");
    EXPECT_EQ(said_of_b(three + "path = 'x-%i'\n", "[log]\npath = 'x-4'\n"), "");
    EXPECT_EQ(said_of_b(three + "path = 'x-%i'\n", "[log]\npath = 'x-3'\n"),
              "job \"a\" writes the log \"x-3\" already");
    EXPECT_EQ(said_of_b("[log]\npath = 'x-3'\n", three + "path = 'x-%i'\n"),
              "job \"a\" writes the log \"x-3\" already");
    EXPECT_EQ(said_of_b(three + "path = '/x/l'\n", "[log]\npath = '/x/l'\n"),
              "job \"a\" writes the log \"/x/l\" already");
}

TEST(JobSetRules, separate_standard_error_has_a_log_too) {
    const std::string separate = "[log]\nstderr = 'separate'\n";
    EXPECT_EQ(said_of_b(separate, separate), "");
    EXPECT_EQ(said_of_b("", "[log]\npath = 'a.err.log'\n"), "");
    EXPECT_EQ(said_of_b(separate, "[log]\npath = 'a.err.log'\n"),
              "job \"a\" writes the log \"a.err.log\" already");
    EXPECT_EQ(said_of_b(separate + "path = '/x'\n", "[log]\npath = '/x.err'\n"),
              "job \"a\" writes the log \"/x.err\" already");
    EXPECT_EQ(said_of_b("[log]\npath = 'b.err.log'\n", separate),
              "job \"a\" writes the log \"b.err.log\" already");
    EXPECT_EQ(said_of_b(separate + "target = 'journal'\n", "[log]\npath = 'a.err.log'\n"), "");
}

TEST(JobSetRules, no_log_is_a_rotated_file_of_another) {
    const auto path = [](const std::string& name) { return "[log]\npath = '" + name + "'\n"; };
    EXPECT_EQ(said_of_b("", path("a.log.1")),
              "job \"a\" writes the log \"a.log\", of which \"a.log.1\" would be a rotated file");
    EXPECT_EQ(said_of_b("", path("a.log.27.zst")),
              "job \"a\" writes the log \"a.log\", of which \"a.log.27.zst\" would be a rotated "
              "file");
    EXPECT_EQ(said_of_b(path("b.log.1"), ""),
              "job \"a\" writes the log \"b.log.1\", which would be a rotated file of \"b.log\"");
    EXPECT_EQ(said_of_b("[log]\nstderr = 'separate'\n", path("a.err.log.1")),
              "job \"a\" writes the log \"a.err.log\", of which \"a.err.log.1\" would be a rotated "
              "file");
    for (const char* name :
         {"a.log.1x", "a.log.zst", "a.log.", "a.log1", "a.log.1.gz", "1", ".1"}) {
        EXPECT_EQ(said_of_b("", path(name)), "") << name;
    }
}

TEST(JobSetRules, the_files_of_the_daemon_are_its_own) {
    core::Settings settings;
    settings.log.file = "/x/own";
    EXPECT_EQ(said_of_b("", "[log]\npath = '/x/own'\n"), "");
    EXPECT_EQ(said_of_b("", "[log]\npath = '/x/own'\n", settings),
              "respawnd itself writes the log \"/x/own\" already");
    EXPECT_EQ(said_of_b("", "[log]\npath = 'respawnd.log.1'\n"),
              "respawnd itself writes the log \"respawnd.log\", of which \"respawnd.log.1\" would "
              "be a rotated file");
}

TEST(JobSetRules, a_newcomer_is_refused_and_not_the_job_in_force) {
    ReadJobs jobs;
    add(jobs, "a", "[log]\npath = 'x'\n");
    add(jobs, "b", "[log]\npath = 'x'\n");
    check_job_set(jobs, core::Settings{}, {"b"});
    EXPECT_TRUE(jobs.at("b").definition);
    ASSERT_FALSE(jobs.at("a").definition);
    EXPECT_EQ(render(jobs.at("a").diagnostics.at(0)),
              "a.toml:1:1: error: job \"b\" writes the log \"x\" already\n"
              "    command = \"/bin/true\"\n"
              "    ^\n"
              "    give the job another log.path, such as \"%n.log\"\n");
}

TEST(JobSetRules, a_job_in_force_beyond_the_counts_keeps_its_log) {
    ReadJobs jobs;
    add(jobs, "c", "instances = 5\n[log]\npath = 'x'\n");
    add(jobs, "d", "[log]\npath = 'x'\n");
    core::Settings settings;
    settings.max_instances = 4;
    check_job_set(jobs, settings, {"c"});
    EXPECT_EQ(jobs.at("d").diagnostics.at(0).message, "job \"c\" writes the log \"x\" already");
}

TEST(JobSetRules, a_job_refused_for_its_log_takes_no_place) {
    ReadJobs jobs;
    add(jobs, "a");
    add(jobs, "b", "[log]\npath = 'a.log'\n");
    add(jobs, "c");
    core::Settings settings;
    settings.max_jobs = 2;
    check_job_set(jobs, settings);
    EXPECT_FALSE(jobs.at("b").definition);
    EXPECT_TRUE(jobs.at("c").definition);
}

}  // namespace
}  // namespace respawnd::config
