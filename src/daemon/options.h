// The command line of respawnd.
#pragma once

#include <optional>
#include <string>
#include <variant>

namespace respawnd::daemon {

/// What the command line says; none where it says nothing.
struct Options {
    std::optional<std::string> config;
    std::optional<std::string> jobs;
    std::optional<std::string> runtime_dir;
    std::optional<std::string> log_dir;
    std::optional<std::string> pid_file;
    bool daemonize = false;
    bool debug = false;
    bool check = false;
    bool settings = false;
    bool version = false;
};

/// The options, or the code to exit with after --help or a mistake, both of which have been told.
[[nodiscard]] std::variant<Options, int> read_options(int argc, char** argv);

}  // namespace respawnd::daemon
