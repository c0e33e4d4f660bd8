// A simulated machine below the daemon: it performs what the core asks for, has processes that
// live by the dice, and tells what happened. Facts happen when their time has come; what the
// daemon learns of them waits in the inbox until its next turn, as in epoll(7).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/fleet.h"
#include "simulation/dice.h"
#include "simulation/faults.h"
#include "simulation/process_table.h"
#include "simulation/promise.h"

namespace respawnd::simulation {

/// What the daemon finds out in its turn: an event, or nothing if it was overtaken.
struct Message {
    core::InstanceId id = 0;
    std::function<std::optional<core::Event>()> look;
};

class Machine {
  public:
    Machine(Dice& dice, Faults& faults, const std::vector<std::unique_ptr<Promise>>& promises)
        : dice_(dice), faults_(faults), promises_(promises) {}

    core::Instant now{std::chrono::hours(1)};

    /// Performs all but Forget and Tell. Answers that come at once are in answers().
    void perform(core::InstanceId id, const core::Member& member, const core::Action& action);

    [[nodiscard]] std::deque<Message>& answers() { return answers_; }
    [[nodiscard]] std::deque<Message>& inbox() { return inbox_; }
    [[nodiscard]] bool has_news() const { return !inbox_.empty(); }
    [[nodiscard]] const ProcessTable& processes() const { return processes_; }
    [[nodiscard]] core::Instant next_fact() const {
        return facts_.empty() ? core::no_deadline : facts_.begin()->first;
    }
    /// Lets happen what is due.
    void let_happen();

    /// From now on everything is well: what lives goes on living and obeys.
    void heal();

    /// The program that the run was started with.
    [[nodiscard]] std::shared_ptr<const core::JobDefinition> definition_of(
        core::Generation generation) const;

  private:
    struct Run {
        core::InstanceId id = 0;
        core::InstanceName name;
        std::shared_ptr<const core::JobDefinition> definition;
        std::int32_t main = 0;
        bool is_abandoned = false;
        bool end_is_told = false;
    };

    void perform_one(core::InstanceId id, const core::Member& member,
                     const core::action::Launch& launch);
    void abandon(core::Generation generation);
    void run_stop_command(core::InstanceId id, core::Generation generation);
    void tell_stop_command(core::InstanceId id, core::Generation generation, bool succeeds,
                           const std::string& words);

    core::Event spawn(core::Generation generation);
    void begin_program(core::Generation generation, std::int32_t pid);
    void hang_before_exec(core::Generation generation, std::int32_t pid);
    void choose_end(core::Generation generation, std::int32_t pid);
    void add_children(core::Generation generation, bool forks_itself);
    [[nodiscard]] Process any_process(core::Generation generation);
    [[nodiscard]] core::ExitStatus any_status();

    void signal(std::int32_t pid, int number);
    void die(std::int32_t pid, core::ExitStatus status);
    [[nodiscard]] std::optional<core::Event> main_ended(core::Generation generation,
                                                        core::ExitStatus status);

    void at(core::Instant when, std::function<void()> fact) {
        facts_.emplace(when, std::move(fact));
    }
    void send(core::Generation generation, core::Event event);

    Dice& dice_;
    Faults& faults_;
    const std::vector<std::unique_ptr<Promise>>& promises_;
    std::multimap<core::Instant, std::function<void()>> facts_;
    std::deque<Message> answers_;
    std::deque<Message> inbox_;
    ProcessTable processes_;
    std::map<core::Generation, Run> runs_;
    bool is_well_ = false;
};

}  // namespace respawnd::simulation
