#include "run/run_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>

#include "config/duration_text.h"
#include "core/signal_name.h"

namespace respawnd::run {
namespace {

constexpr int usage = 2;

[[noreturn]] void refuse(const std::string& option, const std::string& why) {
    throw CLI::ValidationError(option, why);
}

core::Duration duration(const std::string& option, const std::string& text) {
    const auto read = config::read_duration(text);
    if (!read) {
        refuse(option, "\"" + text + "\" is no duration: write it as \"250ms\" or \"1m30s\"");
    }
    return *read;
}

int signal(const std::string& option, const std::string& text) {
    const auto number = core::signal_number(text);
    if (!number) {
        refuse(option, "\"" + text + "\" is no signal: write TERM or SIGTERM");
    }
    return *number;
}

core::EndMatch end(const std::string& option, const std::string& text) {
    if (const auto number = core::signal_number(text)) {
        return {core::EndMatch::Kind::signal, *number};
    }
    constexpr int highest_code = 255;
    int code = -1;
    if (!CLI::detail::lexical_cast(text, code) || code < 0 || code > highest_code) {
        refuse(option, "\"" + text + "\" is no exit code (0 to 255) and no signal");
    }
    return {core::EndMatch::Kind::exit_code, code};
}

/// "TERM=QUIT"
std::pair<int, int> mapping(const std::string& text) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos) {
        refuse("--map", "\"" + text + "\" is no mapping: write TERM=QUIT");
    }
    return {signal("--map", text.substr(0, sign)), signal("--map", text.substr(sign + 1))};
}

/// The words as they are typed, before they are understood.
struct Texts {
    std::string name;
    std::string restart = "on-failure";
    std::string delay = "0s";
    std::string backoff = "100ms";
    std::string max_backoff = "1m";
    std::uint32_t limit = 0;
    std::string window = "10m";
    std::vector<std::string> success;
    std::string stop_signal = "SIGTERM";
    std::string stop_timeout = "10s";
    std::string user;
    std::string directory;
    std::vector<std::string> environment;
    std::string forward = "group";
    std::vector<std::string> mapped;
    bool tells = false;
};

void add_options(CLI::App& app, Texts& texts) {
    const auto text = [&](const std::string& name, std::string& value, const std::string& help,
                          const std::string& type) {
        app.add_option(name, value, help)->type_name(type)->capture_default_str();
    };
    text("--name", texts.name, "what messages call it (default: the command)", "NAME");
    app.add_option("--restart", texts.restart, "always, on-failure or never")
        ->type_name("WORD")
        ->capture_default_str()
        ->check(CLI::IsMember({"always", "on-failure", "never"}));
    text("--delay", texts.delay, "the least wait before a restart", "TIME");
    text("--backoff", texts.backoff, "the wait after a short run, which doubles", "TIME");
    text("--max-backoff", texts.max_backoff, "the longest that it becomes", "TIME");
    app.add_option("--limit", texts.limit, "restarts after failures within --window; 0: no limit")
        ->type_name("N")
        ->capture_default_str();
    text("--window", texts.window, "see --limit", "TIME");
    app.add_option("--success", texts.success, "exit codes and signals that are no failure")
        ->type_name("END")
        ->default_str("0")
        ->delimiter(',')
        ->allow_extra_args(false);
    text("--stop-signal", texts.stop_signal, "what the command gets for a SIGTERM", "SIGNAL");
    text("--stop-timeout", texts.stop_timeout, "how long it may take then until SIGKILL", "TIME");
    text("--user", texts.user, "whom it runs as (default: the caller)", "USER");
    text("--directory", texts.directory, "its folder (default: the caller's)", "DIR");
    app.add_option("--env", texts.environment, "one more variable of its environment")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--forward", texts.forward,
                   "who gets the signals: the group, or the child alone")
        ->type_name("group|child")
        ->capture_default_str()
        ->check(CLI::IsMember({"group", "child"}));
    app.add_option("--map", texts.mapped, "forward a signal as another one: TERM=QUIT")
        ->type_name("FROM=TO")
        ->allow_extra_args(false);
    app.add_flag("--debug", texts.tells, "tell on standard error what happens");
}

core::RestartPolicy policy(const std::string& word) {
    if (word == "always") {
        return core::RestartPolicy::always;
    }
    return word == "never" ? core::RestartPolicy::never : core::RestartPolicy::on_failure;
}

RunOptions options_of(const Texts& texts, std::vector<std::string> command) {
    RunOptions options;
    core::JobDefinition& definition = options.definition;
    definition.name =
        texts.name.empty() ? command.front().substr(command.front().rfind('/') + 1) : texts.name;
    core::RestartSettings& restart = definition.restart;
    restart.policy = policy(texts.restart);
    restart.delay = duration("--delay", texts.delay);
    restart.backoff = duration("--backoff", texts.backoff);
    restart.max_backoff = std::max(restart.backoff, duration("--max-backoff", texts.max_backoff));
    restart.limit = texts.limit;
    restart.window = duration("--window", texts.window);
    if (!texts.success.empty()) {
        restart.success.clear();
        for (const std::string& text : texts.success) {
            restart.success.push_back(end("--success", text));
        }
    }
    definition.stop.signal = signal("--stop-signal", texts.stop_signal);
    definition.stop.timeout = duration("--stop-timeout", texts.stop_timeout);
    if (!texts.user.empty()) {
        definition.program.user = texts.user;
    }
    if (!texts.directory.empty()) {
        options.directory = texts.directory;
    }
    for (const std::string& variable : texts.environment) {
        if (variable.find('=') == std::string::npos || variable.starts_with('=')) {
            refuse("--env", "\"" + variable + "\" is no variable: write NAME=VALUE");
        }
    }
    options.environment = texts.environment;
    for (const std::string& text : texts.mapped) {
        options.mapped.insert(mapping(text));
    }
    options.to_child_alone = texts.forward == "child";
    options.tells = texts.tells;
    options.command = std::move(command);
    return options;
}

}  // namespace

std::variant<RunOptions, int> read_run_options(std::vector<std::string> arguments) {
    // The command's own options are not ours: it begins behind "--", or with the first word that
    // is no option.
    CLI::App app(
        "Runs one command, keeps it running, and is as transparent as it can be:\n"
        "respawnd run [OPTIONS] -- COMMAND [ARG...]");
    app.name("respawnd run");
    app.get_formatter()->column_width(32);
    app.footer(
        "Ends with the status of the command: 128 + N for a signal, 127 and 126 when it "
        "cannot be run.\nEverything else is in respawnd(8).");
    app.prefix_command();
    Texts texts;
    add_options(app, texts);
    try {
        std::ranges::reverse(arguments);  // as CLI11 wants them
        app.parse(arguments);
        std::vector<std::string> command = app.remaining();
        if (!command.empty() && command.front() == "--") {
            command.erase(command.begin());
        } else if (!command.empty() && command.front().starts_with('-')) {
            refuse(command.front(), "is no option; see --help");
        }
        if (command.empty()) {
            refuse("COMMAND", "is missing: respawnd run [OPTIONS] -- COMMAND");
        }
        return options_of(texts, std::move(command));
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? 0 : usage;
    }
}

}  // namespace respawnd::run
