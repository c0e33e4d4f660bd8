#include "daemon/check_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "config/settings_reader.h"
#include "config/settings_text.h"
#include "daemon/job_folder.h"
#include "daemon/status_line.h"
#include "platform/kernel_features.h"
#include "platform/trusted_file.h"

namespace respawnd::daemon {
namespace {

/// The settings file read, its mistakes told.
config::ReadSettings settings_of(const Options& options, const Places& places) {
    std::string text;
    if (places.config_was_named || access(places.config.c_str(), F_OK) == 0) {
        auto file = platform::read_trusted_file(places.config);
        if (!file) {
            fmt::print(stderr, "respawnd: {}\n", file.error().text());
            return {};
        }
        text = std::move(file->text);
    }
    auto read = config::read_settings(options.config.value_or(places.config), text);
    for (const config::Diagnostic& diagnostic : read.diagnostics) {
        fmt::print(stderr, "{}", config::render(diagnostic));
    }
    return read;
}

}  // namespace

int check(const Options& options, const Places& places) {
    const config::ReadSettings read = settings_of(options, places);
    const std::string folder = options.jobs.value_or(places.jobs);
    // Under broken settings the files are still worth a look, with what is built in: mistakes of
    // [defaults] would come back in each of them.
    const CheckResult result =
        check_folder(places.jobs, folder, read.settings.value_or(core::Settings{}),
                     read.settings ? read.defaults : config::Defaults{});
    for (const std::string& text : result.texts) {
        fmt::print(stderr, "{}", text);
    }
    const std::size_t mistaken = result.mistaken_files + (read.settings ? 0 : 1);
    if (mistaken == 0) {
        fmt::print("{} in {}, no mistakes\n", counted(result.jobs, "job"), folder);
        return 0;
    }
    fmt::print("{} in {}, {} with mistakes\n", counted(result.jobs, "good job"), folder,
               counted(mistaken, "file"));
    return 1;
}

int print_settings(const Options& options, const Places& places) {
    const config::ReadSettings read = settings_of(options, places);
    if (!read.settings) {
        return 1;
    }
    fmt::print("{}", config::settings_text(*read.settings, read.defaults));
    return 0;
}

int print_version() {
    fmt::print("respawnd {}\n\nNewer than Linux 5.10, the oldest kernel that will do:\n",
               RESPAWND_VERSION);
    for (const platform::KernelFeature& feature : platform::probe_kernel_features()) {
        fmt::print("  {:<4} {} (Linux {}): {}\n", feature.available ? "yes" : "no", feature.name,
                   feature.since, feature.used_for);
    }
    return 0;
}

}  // namespace respawnd::daemon
