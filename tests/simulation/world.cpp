#include "simulation/world.h"

#include <algorithm>

#include "unit/core/action_words.h"
#include "unit/core/instance_row.h"

namespace respawnd::simulation {
namespace {

using namespace std::chrono_literals;
using core::Instant;
namespace event = core::event;
namespace state = core::state;

// A crash loop without any wait would never come to the end of a phase.
constexpr std::uint64_t most_steps_with_faults = 2000;
constexpr core::Duration time_with_faults = 10min;
// Every hang of a machine ends within a minute; then come a deadline, a stop and a backoff.
constexpr core::Duration time_to_converge = 5min;

struct GenerationOfEvent {
    core::Generation operator()(const auto& fact) const {
        if constexpr (requires { fact.generation; }) {
            return fact.generation;
        }
        return 0;
    }
};

}  // namespace

World::World(std::uint64_t seed, Coverage& coverage, Story::Telling telling)
    : dice_(seed),
      faults_(Faults::by_chance(dice_)),
      folder_(dice_),
      machine_(dice_, faults_, promises_),
      coverage_(coverage),
      story_(telling),
      seed_(seed) {}

std::string World::run() {
    const bool ends_early = dice_.chance(0.3);
    live_until(machine_.now + time_with_faults);
    people_are_here_ = false;
    if (!ends_early) {
        story_.tell(machine_.now, "ALL IS WELL");
        machine_.heal();
        live_until(machine_.now + time_to_converge);
        if (has_failed()) {
            return failures();
        }
        check_convergence();
    }
    begin_shutdown();
    if (ends_early) {
        live_until(machine_.now + dice_.up_to(20s));
        story_.tell(machine_.now, "NO MORE PATIENCE");
        for (const auto& [id, fact] : fleet_.kill_all()) {
            deliver(id, fact);
        }
        machine_.heal();
    }
    live_until(machine_.now + time_to_converge);
    if (!has_failed()) {
        check_that_all_is_gone();
    }
    return failures();
}

std::string World::failures() {
    if (!has_failed()) {
        return {};
    }
    for (const auto& promise : promises_) {
        failures_.insert(failures_.end(), promise->violations().begin(),
                         promise->violations().end());
    }
    std::string text = "seed " + std::to_string(seed_) + ":\n";
    for (const std::string& failure : failures_) {
        text += "  " + failure + "\n";
    }
    return text + "The end of the story:\n" + story_.end() +
           "RESPAWND_SIMULATION_SEED=" + std::to_string(seed_) + " tells the whole of it.\n";
}

void World::live_until(Instant end) {
    const std::uint64_t most = steps_ + most_steps_with_faults;
    while (!has_failed() && (steps_ < most || !people_are_here_)) {
        machine_.let_happen();
        if (machine_.now >= asleep_until_) {
            take_turn();
        }
        machine_.let_happen();
        if (machine_.has_news() && machine_.now >= asleep_until_) {
            continue;
        }
        const Instant next = next_time(end);
        if (next > end) {
            machine_.now = end;
            return;
        }
        machine_.now = std::max(machine_.now, next);
    }
}

Instant World::next_time(Instant end) const {
    Instant next = machine_.next_fact();
    if (people_are_here_) {
        next = std::min(next, std::max(people_at_, asleep_until_));
    }
    if (machine_.has_news()) {
        next = std::min(next, asleep_until_);
    }
    fleet_.for_each([&](core::InstanceId, const core::Member& member) {
        const Instant deadline = core::deadline_of(member.instance.state);
        if (deadline != core::no_deadline) {
            next = std::min(next, std::max(deadline, asleep_until_));
        }
    });
    return next == core::no_deadline ? end + 1us : next;
}

/// The daemon looks at everything that waits for it, deadlines first or last.
void World::take_turn() {
    if (dice_.chance(faults_.daemon_sleeps)) {
        asleep_until_ = machine_.now + dice_.up_to(longest_sleep);
        story_.tell(machine_.now, "the daemon is stopped for a while");
        return;
    }
    const bool deadlines_first = dice_.chance(0.5);
    if (deadlines_first) {
        deliver_deadlines();
    }
    look_into(machine_.inbox());
    if (!deadlines_first) {
        deliver_deadlines();
    }
    if (people_are_here_ && machine_.now >= people_at_) {
        people_act();
    }
    for (const auto& promise : promises_) {
        promise->turned(machine_.now, fleet_, machine_.processes());
    }
}

void World::deliver_deadlines() {
    std::vector<core::InstanceId> due;
    fleet_.for_each([&](core::InstanceId id, const core::Member& member) {
        if (core::deadline_of(member.instance.state) <= machine_.now ||
            dice_.chance(faults_.early_deadline)) {
            due.push_back(id);
        }
    });
    for (const core::InstanceId id : due) {
        deliver(id, event::DeadlineReached{});
    }
}

void World::look_into(std::deque<Message>& messages) {
    while (!messages.empty() && !has_failed()) {
        const Message message = std::move(messages.front());
        messages.pop_front();
        const auto fact = message.look();
        if (fact) {
            deliver(message.id, *fact);
        }
    }
}

void World::deliver(core::InstanceId id, const core::Event& fact) {
    step(id, fact);
    // An answer may ask for something that is answered at once again.
    auto& answers = machine_.answers();
    while (!answers.empty() && !has_failed()) {
        const Message message = std::move(answers.front());
        answers.pop_front();
        if (const auto answer = message.look()) {
            step(message.id, *answer);
        }
    }
}

void World::step(core::InstanceId id, const core::Event& fact) {
    if (!fleet_.has(id) || has_failed()) {
        return;
    }
    ++steps_;
    core::Member& member = fleet_.at(id);
    const core::State before = member.instance.state;
    const core::Generation generation = std::visit(GenerationOfEvent{}, fact);
    const bool is_late = generation != 0 && generation != core::generation_of(before);
    if (!is_late) {
        coverage_.reached(before, fact);
    }
    std::vector<core::Action> actions;
    const auto definition = member.definition;
    core::step(*definition, member.instance, fact,
               {.now = machine_.now, .new_generation = dice_.next() | 1U, .random = dice_.share()},
               actions);
    const core::InstanceName name = member.instance.name;
    if (story_.is_told()) {
        story_.tell(machine_.now,
                    name.job + "@" + std::to_string(name.number) + ": " + core::row_of(before) +
                        " + " + name_of(fact) + (is_late ? " (late)" : "") + " -> " +
                        core::row_of(member.instance.state) + core::then_of(member.instance.state) +
                        ": " + core::in_words(actions));
    }
    const Observation observation{machine_.now, name,    *definition,     before,
                                  fact,         actions, member.instance, is_late};
    for (const auto& promise : promises_) {
        promise->stepped(observation);
    }
    for (const core::Action& action : actions) {
        if (std::holds_alternative<core::action::Forget>(action)) {
            fleet_.forget(id);
            return;
        }
        machine_.perform(id, member, action);
    }
}

void World::people_act() {
    people_at_ = machine_.now + dice_.up_to(2 * faults_.people_every);
    if (dice_.chance(faults_.operator_acts)) {
        operator_acts();
    } else {
        edit_the_folder();
    }
}

void World::edit_the_folder() {
    std::string what = folder_.edit();
    while (dice_.chance(0.4)) {
        what += ", " + folder_.edit();
    }
    story_.tell(machine_.now, "SOMEBODY " + what);
    const core::DefinitionSet before = fleet_.definitions();
    const auto events = fleet_.apply(folder_.jobs());
    for (const auto& promise : promises_) {
        promise->applied(before, folder_.jobs(), events, fleet_);
    }
    for (const auto& [id, fact] : events) {
        deliver(id, fact);
    }
}

void World::operator_acts() {
    std::vector<core::InstanceId> known;
    fleet_.for_each([&](core::InstanceId id, const core::Member&) { known.push_back(id); });
    if (known.empty()) {
        return;
    }
    const core::InstanceId id = known[dice_.below(static_cast<std::uint32_t>(known.size()))];
    // What is on its way out can be stopped; there is no job any more that could be started.
    switch (dice_.below(is_in_force(fleet_.at(id).instance.name) ? 7 : 2)) {
        case 0:
        case 1:
            deliver(id, event::StopWanted{core::DownReason::by_operator});
            break;
        case 2:
            deliver(id, event::StopWanted{core::DownReason::by_operator});
            deliver(id, event::StartWanted{});
            break;
        case 3:
            deliver(id, event::KillWanted{});
            break;
        default:
            deliver(id, event::StartWanted{});
            break;
    }
}

void World::begin_shutdown() {
    story_.tell(machine_.now, "THE DAEMON IS TO END");
    for (const auto& promise : promises_) {
        promise->shutdown_begins();
    }
    for (const auto& [id, fact] : fleet_.stop_all()) {
        deliver(id, fact);
    }
}

bool World::is_in_force(const core::InstanceName& name) const {
    const core::DefinitionSet in_force = fleet_.definitions();
    const auto found = in_force.find(name.job);
    return found != in_force.end() && name.number >= found->second->first_instance &&
           name.number - found->second->first_instance < found->second->instances;
}

void World::check_convergence() {
    fleet_.for_each([&](core::InstanceId, const core::Member& member) { check_one(member); });
    for (const auto& [name, definition] : folder_.jobs()) {
        for (std::uint32_t i = 0; i < definition->instances; ++i) {
            if (!fleet_.find({name, definition->first_instance + i})) {
                fail(name + ": an instance that its file asks for does not exist");
            }
        }
    }
}

void World::check_one(const core::Member& member) {
    const core::Instance& instance = member.instance;
    const std::string who =
        instance.name.job + "@" + std::to_string(instance.name.number) + ": when all is well, ";
    if (!is_in_force(instance.name)) {
        fail(who + "it is still there though its file is gone");
        return;
    }
    const auto& state = instance.state;
    if (!instance.is_wanted) {
        if (!std::holds_alternative<state::Stopped>(state)) {
            fail(who + "it is not stopped though nobody wants it");
        }
        return;
    }
    if (const auto* running = std::get_if<state::Running>(&state)) {
        if (machine_.definition_of(running->generation)->program !=
            folder_.jobs().at(instance.name.job)->program) {
            fail(who + "it runs an older program than its file says");
        }
        return;
    }
    const bool rests = std::holds_alternative<state::Finished>(state) ||
                       (std::holds_alternative<state::Failed>(state) &&
                        core::deadline_of(state) == core::no_deadline);
    if (!rests) {
        fail(who + "it is wanted, and neither running nor finished nor failed for good but " +
             core::row_of(state));
    }
}

void World::check_that_all_is_gone() {
    fleet_.for_each([&](core::InstanceId, const core::Member& member) {
        if (!std::holds_alternative<state::Stopped>(member.instance.state)) {
            fail(member.instance.name.job + ": is not stopped at the end of the daemon");
        }
    });
    if (!machine_.processes().empty()) {
        fail("a process is left at the end of the daemon");
    }
}

bool World::has_failed() const {
    return !failures_.empty() || std::ranges::any_of(promises_, [](const auto& promise) {
        return !promise->violations().empty();
    });
}

void World::fail(const std::string& text) {
    failures_.push_back(text);
}

}  // namespace respawnd::simulation
