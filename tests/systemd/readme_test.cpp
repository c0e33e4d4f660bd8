// README's "Start it with the machine", followed to the letter on a machine that has none of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "systemd/booted_system.h"

namespace respawnd::tests {
namespace {

using testing::HasSubstr;

/// The commands of the first block below a heading.
std::vector<std::string> commands_below(const std::string& heading) {
    std::vector<std::string> commands;
    std::istringstream readme(read_file(RESPAWND_SOURCE_DIR "/README.md"));
    bool is_below = false;
    for (std::string line; std::getline(readme, line);) {
        const std::string indent = "    ";
        if (line == heading) {
            is_below = true;
        } else if (is_below && line.starts_with(indent)) {
            commands.push_back(line.substr(indent.size()));
        } else if (!commands.empty()) {
            break;
        }
    }
    return commands;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
    if (const auto at = text.find(what); at != std::string::npos) {
        text.replace(at, what.size(), by);
    }
}

TEST(Readme, tells_how_to_start_respawnd_with_the_machine) {
    if (const std::string why = BootedSystem::obstacle(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    BootedSystem system;
    ASSERT_TRUE(system.boot(BootedSystem::Installed::no));
    std::vector<std::string> commands = commands_below("## Start it with the machine");
    ASSERT_FALSE(commands.empty());
    ASSERT_EQ(commands.front(), "./dev build");  // has been done, into the folder of this test
    commands.erase(commands.begin());
    for (std::string& command : commands) {
        replace(command, "build/release", RESPAWND_BINARY_DIR);
        const Outcome done =
            system.shell("sudo() { \"$@\"; }; set -e; cd " RESPAWND_SOURCE_DIR "\n" + command);
        ASSERT_EQ(done.status, 0) << command << "\n" << done.text;
    }
    EXPECT_EQ(system.property("ActiveState"), "active");
    EXPECT_EQ(system.property("StatusText"), "no jobs");
    EXPECT_EQ(system.property("UnitFileState"), "enabled");
    // The example of README, with a program that is there.
    system.job("mailer",
               "command   = [\"sleep\", \"1000\"]\nuser      = \"www-data\"\n"
               "instances = 4\nrestart   = { policy = \"always\" }\n");
    EXPECT_TRUE(system.shows("StatusText", "4 running"));
    EXPECT_TRUE(eventually([&] { return exists(system.log("respawnd/mailer.log")); }));
    EXPECT_EQ(system.shell("respawnd --check").status, 0);
    // The manual pages are where the unit says that its documentation is, if there is a man(1).
    const Outcome verified = system.shell(
        "systemd-analyze verify --man=$(command -v man >/dev/null && echo yes || echo no) "
        "/etc/systemd/system/respawnd.service");
    EXPECT_EQ(verified.text, "");
    EXPECT_TRUE(exists(system.inside("/usr/local/share/man/man8/respawnd.8")));
    // It comes with the next boot.
    EXPECT_THAT(system.systemctl({"list-dependencies", "multi-user.target"}).text,
                HasSubstr("respawnd.service"));
}

}  // namespace
}  // namespace respawnd::tests
