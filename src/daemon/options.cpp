#include "daemon/options.h"

#include <CLI/CLI.hpp>

namespace respawnd::daemon {

std::variant<Options, int> read_options(int argc, char** argv) {
    Options options;
    CLI::App app("Starts the programs described in a folder of job files and keeps them running.");
    app.name("respawnd");
    app.get_formatter()->column_width(26);
    app.footer("Job files are described in respawnd.job(5), everything else in respawnd(8).");
    app.add_option("--config", options.config,
                   "the settings file (default: /etc/respawnd/respawnd.toml)")
        ->type_name("FILE");
    app.add_option("--jobs", options.jobs,
                   "the folder of job files (default: /etc/respawnd/watchdog.d)")
        ->type_name("DIR");
    app.add_option("--runtime-dir", options.runtime_dir,
                   "the run-time directory (default: /run/respawnd)")
        ->type_name("DIR");
    app.add_option("--log-dir", options.log_dir,
                   "the folder of log files (default: /var/log/respawnd)")
        ->type_name("DIR");
    app.add_flag("--daemonize", options.daemonize,
                 "go into the background; return once every job has been started");
    app.add_option("--pid-file", options.pid_file, "a file for the pid of the daemon")
        ->type_name("FILE");
    app.add_flag("--debug", options.debug, "tell more of what it does");
    app.add_flag("--check", options.check,
                 "check the settings and every job file, then exit 0 or 1");
    app.add_flag("--settings", options.settings, "print the settings in force, then exit");
    app.add_flag("--version", options.version,
                 "print the version and what this kernel offers, then exit");
    // "--jobs= --check", with an empty variable behind the sign, takes the next word.
    const CLI::Validator is_no_option(
        [](const std::string& value) {
            return value.empty() || value.front() == '-'
                       ? "needs a path, and \"" + value + "\" is none (write ./" + value +
                             " if it is)"
                       : std::string();
        },
        "");
    for (CLI::Option* option : app.get_options()) {
        if (option->get_type_name() == "FILE" || option->get_type_name() == "DIR") {
            option->check(is_no_option);
        }
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        constexpr int usage = 2;
        return app.exit(problem) == 0 ? 0 : usage;
    }
    return options;
}

}  // namespace respawnd::daemon
