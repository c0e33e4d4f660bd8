// The whole table state x event as a golden file, instance_table.txt beside this one: a change of
// behaviour is a readable difference there. RESPAWND_UPDATE_GOLDEN=1 writes the file anew.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/instance.h"
#include "unit/core/action_words.h"
#include "unit/core/instance_row.h"

namespace respawnd::core {
namespace {

using namespace std::chrono_literals;

constexpr Instant now{1h};
constexpr Generation generation = 77;

struct Row {
    std::string name;
    State state;
    bool is_wanted = true;
};

struct Column {
    std::string name;
    Event event;
};

AfterStop then(AfterEnd::Kind kind, Duration wait = 0s) {
    return {.kind = AfterStop::Kind::after_end,
            .decision = {kind, wait},
            .decided_at = now - 1s,
            .reason = "exited 3"};
}

Row stopping(state::Stopping state, bool is_wanted) {
    state.generation = generation;
    state.since = now - 2s;
    state.run_since = now - 1min;
    state.act_at = now;
    return {row_of(state) + then_of(state), state, is_wanted};
}

std::vector<Row> rows() {
    const AfterStop wait = then(AfterEnd::Kind::restart, 3s);
    const AfterStop hung{.kind = AfterStop::Kind::failed_start, .reason = "not started"};
    const AfterStop forked{.kind = AfterStop::Kind::forked_itself, .reason = "forked itself"};
    const AfterStop start{.kind = AfterStop::Kind::start};
    return {
        {"stopped", state::Stopped{}, false},
        {"starting, no process", state::Starting{generation, now}},
        {"starting, process", state::Starting{generation, now, true, 4711}},
        {"running", state::Running{generation, 4711, now - 1min}},
        stopping({.main_lives = true, .waits_for_command = true}, false),
        stopping({.main_lives = true}, false),
        stopping({.main_lives = true, .is_killed = true}, false),
        stopping({.main_lives = true, .is_killed = true, .is_reported = true}, false),
        stopping({.main_lives = true, .then = start}, true),
        stopping({.main_lives = true, .is_killed = true, .then = hung}, true),
        stopping({.then = wait}, true),
        stopping({.is_killed = true, .then = wait}, true),
        stopping({.is_killed = true, .is_reported = true, .then = wait}, true),
        stopping({.then = then(AfterEnd::Kind::finish)}, true),
        stopping({.then = then(AfterEnd::Kind::give_up_limit)}, true),
        stopping({.then = forked}, true),
        stopping({}, false),
        {"backoff", state::Backoff{now, true}},
        {"finished", state::Finished{}},
        {"failed", state::Failed{"exited 3", no_deadline}},
        {"failed, to be tried again", state::Failed{"exited 3", now}},
    };
}

std::vector<Column> columns(Generation of) {
    const ExitStatus three{ExitStatus::Kind::exited, 3};
    const LeftBehind rest{2, 4712, "sleep 99"};
    return {
        {"start wanted", event::StartWanted{}},
        {"definition changed, live", event::DefinitionChanged{false}},
        {"definition changed, program", event::DefinitionChanged{true}},
        {"stop wanted, operator", event::StopWanted{DownReason::by_operator}},
        {"stop wanted, file removed", event::StopWanted{DownReason::file_removed}},
        {"stop wanted, shutdown", event::StopWanted{DownReason::shutdown}},
        {"kill wanted", event::KillWanted{}},
        {"spawned", event::Spawned{of, 4711}},
        {"executed", event::Executed{of}},
        {"start failed", event::StartFailed{of, "user \"www\" does not exist"}},
        {"main ended", event::MainEnded{of, three, std::nullopt}},
        {"main ended, rest lives", event::MainEnded{of, three, rest}},
        {"rest gone", event::RestGone{of}},
        {"stop.command ended", event::StopCommandEnded{of, false, "exited 1"}},
        {"deadline reached", event::DeadlineReached{}},
    };
}

JobDefinition definition() {
    JobDefinition job;
    job.name = "mailer";
    job.program.command = {"/bin/true"};
    return job;
}

std::string outcome(const Row& row, const Event& event) {
    const JobDefinition job = definition();
    Instance instance{.name = {"mailer", 1},
                      .state = row.state,
                      .is_wanted = row.is_wanted,
                      .down_reason = DownReason::by_operator};
    std::vector<Action> actions;
    step(job, instance, event, {.now = now, .new_generation = 78}, actions);
    std::string text = row_of(instance.state) + then_of(instance.state);
    if (instance.is_wanted != row.is_wanted) {
        text += instance.is_wanted ? " (wanted)" : " (not wanted)";
    }
    return text + "\n            " + in_words(actions);
}

std::string printed_table() {
    std::ostringstream text;
    text << "What each event does in each state of an instance: the state that follows, and below "
            "it the\nactions. Written by instance_table_test.cpp.\n";
    for (const Row& row : rows()) {
        text << "\n" << row.name << "\n";
        for (const Column& column : columns(generation)) {
            text << "    " << column.name << "\n        "
                 << (is_impossible(row.name, column.name) ? "impossible"
                                                          : outcome(row, column.event))
                 << "\n";
        }
    }
    return text.str();
}

TEST(InstanceTable, is_the_golden_one) {
    const std::string path = RESPAWND_SOURCE_DIR "/tests/unit/core/instance_table.txt";
    const std::string table = printed_table();
    if (std::getenv("RESPAWND_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path) << table;
    }
    std::ifstream file(path);
    std::stringstream golden;
    golden << file.rdbuf();
    EXPECT_EQ(table, golden.str()) << "RESPAWND_UPDATE_GOLDEN=1 writes the table anew";
}

TEST(InstanceTableDeathTest, aborts_in_every_cell_that_is_impossible) {
    for (const Row& row : rows()) {
        // A state without a start is reached by an event of a start only if that has none either.
        for (const Column& column : columns(generation_of(row.state))) {
            if (is_impossible(row.name, column.name)) {
                SCOPED_TRACE(row.name + " x " + column.name);
                EXPECT_DEATH((void)outcome(row, column.event), "internal error");
            }
        }
    }
}

TEST(InstanceTable, drops_what_comes_late_for_an_older_start_in_every_state) {
    for (const Row& row : rows()) {
        for (const Column& column : columns(12345)) {
            const std::string& event = column.name;
            if (event.find("wanted") != std::string::npos || event.starts_with("definition") ||
                event.starts_with("deadline")) {
                continue;
            }
            EXPECT_EQ(outcome(row, column.event),
                      row_of(row.state) + then_of(row.state) + "\n            -")
                << row.name << " x " << event;
        }
    }
}

TEST(InstanceTable, drops_a_deadline_that_comes_early) {
    for (Row row : rows()) {
        if (deadline_of(row.state) != now) {
            continue;
        }
        const JobDefinition job = definition();
        Instance instance{.name = {"mailer", 1}, .state = row.state};
        std::vector<Action> actions;
        step(job, instance, event::DeadlineReached{}, {.now = now - 1us, .new_generation = 78},
             actions);
        EXPECT_TRUE(actions.empty()) << row.name;
        EXPECT_EQ(row_of(instance.state), row_of(row.state));
    }
}

}  // namespace
}  // namespace respawnd::core
