#include "daemon/places.h"

#include <gtest/gtest.h>

namespace respawnd::daemon {
namespace {

using Variables = std::map<std::string, std::string>;

Places places(const Options& options, unsigned user, const Variables& variables) {
    return places_of(options, user, "/work", [&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

TEST(Places, root_has_the_places_of_the_system) {
    const Places system = places({}, 0, {{"XDG_CONFIG_HOME", "/elsewhere"}});
    EXPECT_EQ(system.config, "/etc/respawnd/respawnd.toml");
    EXPECT_EQ(system.jobs, "/etc/respawnd/watchdog.d");
    EXPECT_EQ(system.runtime, "/run/respawnd");
    EXPECT_EQ(system.logs, "/var/log/respawnd");
    EXPECT_FALSE(system.config_was_named);
}

TEST(Places, a_user_has_them_below_the_xdg_directories) {
    const Places own = places({}, 4711,
                              {{"HOME", "/home/u"},
                               {"XDG_CONFIG_HOME", "/c"},
                               {"XDG_RUNTIME_DIR", "/r"},
                               {"XDG_STATE_HOME", "/s"}});
    EXPECT_EQ(own.config, "/c/respawnd/respawnd.toml");
    EXPECT_EQ(own.jobs, "/c/respawnd/watchdog.d");
    EXPECT_EQ(own.runtime, "/r/respawnd");
    EXPECT_EQ(own.logs, "/s/respawnd");
}

TEST(Places, without_them_a_user_has_them_at_home_and_in_tmp) {
    const Places own = places({}, 4711, {{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "relative"}});
    EXPECT_EQ(own.config, "/home/u/.config/respawnd/respawnd.toml");
    EXPECT_EQ(own.runtime, "/tmp/respawnd-4711");
    EXPECT_EQ(own.logs, "/home/u/.local/state/respawnd");
}

TEST(Places, the_command_line_goes_first_and_is_relative_to_the_folder) {
    const Places named = places(
        {.config = "a.toml", .jobs = "./jobs/", .runtime_dir = "/run/x", .log_dir = "../log"}, 0,
        {});
    EXPECT_EQ(named.config, "/work/a.toml");
    EXPECT_TRUE(named.config_was_named);
    EXPECT_EQ(named.jobs, "/work/jobs");
    EXPECT_EQ(named.runtime, "/run/x");
    EXPECT_EQ(named.logs, "/log");
}

}  // namespace
}  // namespace respawnd::daemon
