// respawnd(8): puts the process in order, reads the command line, and does what it says.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string_view>

#include "daemon/check_command.h"
#include "daemon/daemon.h"
#include "daemon/options.h"
#include "daemon/places.h"
#include "platform/daemonize.h"
#include "platform/process_setup.h"
#include "platform/signal_dispositions.h"
#include "run/run_command.h"
#include "run/run_options.h"

#include <unistd.h>

namespace {

using namespace respawnd;

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

/// The current folder, or "/" for one that has been deleted.
std::string current_folder() {
    std::error_code problem;
    const auto folder = std::filesystem::current_path(problem);
    return problem ? "/" : folder.string();
}

int run_daemon(const daemon::Options& options, const daemon::Places& places) {
    std::optional<platform::Daemonized> daemonized;
    if (options.daemonize) {
        auto begun = platform::Daemonized::begin();
        if (!begun) {
            (void)std::fprintf(stderr, "respawnd: %s\n", begun.error().text().c_str());
            return 1;
        }
        if (const int* code = std::get_if<int>(&*begun)) {
            return *code;
        }
        daemonized = std::move(std::get<platform::Daemonized>(*begun));
    }
    platform::reset_signal_dispositions();
    platform::block_signals();
    if (auto ready = platform::become_supervisor(); !ready) {
        (void)std::fprintf(stderr, "respawnd: %s\n", ready.error().text().c_str());
        return 1;
    }
    daemon::Daemon daemon(options, places, std::move(daemonized));
    return daemon.run();
}

}  // namespace

int main(int argc, char** argv) {
    const std::span words(argv, static_cast<std::size_t>(argc));
    if (words.size() > 1 && std::string_view(words[1]) == "run") {
        const auto run_options = run::read_run_options({words.begin() + 2, words.end()});
        const int* code = std::get_if<int>(&run_options);
        return code != nullptr ? *code : run::run_command(std::get<run::RunOptions>(run_options));
    }
    platform::settle_descriptors();
    const auto read = daemon::read_options(argc, argv);
    if (const int* code = std::get_if<int>(&read)) {
        return *code;
    }
    const auto& options = std::get<daemon::Options>(read);
    const daemon::Places places = daemon::places_of(options, geteuid(), current_folder(), variable);
    if (options.version) {
        return daemon::print_version();
    }
    if (options.settings) {
        return daemon::print_settings(options, places);
    }
    if (options.check) {
        return daemon::check(options, places);
    }
    return run_daemon(options, places);
}
