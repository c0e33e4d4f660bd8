#include "daemon/places.h"

#include <filesystem>

namespace respawnd::daemon {
namespace {

using Variable = std::function<std::optional<std::string>(const char*)>;

/// A base directory of the XDG specification; it says that relative values are to be ignored.
std::string base(const Variable& variable, const char* name, const std::string& otherwise) {
    const auto value = variable(name);
    return value && value->starts_with('/') ? *value : otherwise;
}

Places defaults_of(unsigned user, const Variable& variable) {
    if (user == 0) {
        return {.config = "/etc/respawnd/respawnd.toml",
                .jobs = "/etc/respawnd/watchdog.d",
                .runtime = "/run/respawnd",
                .logs = "/var/log/respawnd"};
    }
    const std::string home = variable("HOME").value_or("/");
    const std::string number = std::to_string(user);
    const std::string run_user = "/run/user/" + number;
    std::error_code ignored;
    const std::string temporary = "/tmp/respawnd-" + number;
    const std::string runtime =
        std::filesystem::is_directory(run_user, ignored) ? run_user + "/respawnd" : temporary;
    const std::string config = base(variable, "XDG_CONFIG_HOME", home + "/.config") + "/respawnd";
    const auto given = variable("XDG_RUNTIME_DIR");
    return {.config = config + "/respawnd.toml",
            .jobs = config + "/watchdog.d",
            .runtime = given && given->starts_with('/') ? *given + "/respawnd" : runtime,
            .logs = base(variable, "XDG_STATE_HOME", home + "/.local/state") + "/respawnd"};
}

std::string absolute(const std::string& path, const std::string& folder) {
    std::filesystem::path whole = std::filesystem::path(folder) / path;
    std::string text = whole.lexically_normal().string();
    while (text.size() > 1 && text.ends_with('/')) {
        text.pop_back();
    }
    return text;
}

}  // namespace

Places places_of(const Options& options, unsigned user, const std::string& folder,
                 const Variable& variable) {
    const Places otherwise = defaults_of(user, variable);
    return {.config = absolute(options.config.value_or(otherwise.config), folder),
            .config_was_named = options.config.has_value(),
            .jobs = absolute(options.jobs.value_or(otherwise.jobs), folder),
            .runtime = absolute(options.runtime_dir.value_or(otherwise.runtime), folder),
            .logs = absolute(options.log_dir.value_or(otherwise.logs), folder),
            .pid_file = options.pid_file ? absolute(*options.pid_file, folder) : ""};
}

}  // namespace respawnd::daemon
