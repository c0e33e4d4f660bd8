// A real systemd as process 1 of namespaces of its own, with this project's unit and programs, and
// the journal. It has nothing of the machine but what it reads: files that it writes are in
// memory, and with the object everything in it is gone.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {

struct Outcome {
    int status;        ///< as a shell gives it
    std::string text;  ///< standard output and error
};

class BootedSystem {
  public:
    enum class Installed { yes, no };

    BootedSystem();
    BootedSystem(const BootedSystem&) = delete;
    BootedSystem& operator=(const BootedSystem&) = delete;
    /// When the test has failed, prints the journal.
    ~BootedSystem();

    /// Why none can be booted on this machine; empty: it can.
    [[nodiscard]] static std::string obstacle();
    /// True once multi-user.target is reached.
    [[nodiscard]] bool boot(Installed installed = Installed::yes);
    /// Waits until process 1 has ended.
    [[nodiscard]] bool has_ended();

    /// Runs a command inside, to its end.
    [[nodiscard]] Outcome run(const std::vector<std::string>& words) const;
    [[nodiscard]] Outcome shell(const std::string& script) const;
    [[nodiscard]] Outcome systemctl(std::vector<std::string> words) const;
    /// A property of a unit, as `systemctl show` prints it.
    [[nodiscard]] std::string property(const std::string& name,
                                       const std::string& unit = "respawnd") const;
    /// Waits until a property has this value.
    [[nodiscard]] bool shows(const std::string& name, const std::string& value,
                             const std::string& unit = "respawnd") const;
    /// The messages that journalctl selects by these words, one a line.
    [[nodiscard]] std::string journal(std::vector<std::string> words) const;
    /// Waits until a message of the daemon contains `text` at least `times` times.
    [[nodiscard]] bool says(const std::string& text, int times = 1) const;

    /// A path inside, as it is reached from outside.
    [[nodiscard]] std::string inside(const std::string& path) const;
    /// Puts /etc/respawnd/watchdog.d/NAME.toml in place.
    void job(const std::string& name, const std::string& text) const;
    /// More lines for the unit, in a file beside it as an administrator would write it.
    void drop_in(const std::string& text) const;
    /// Another unit, in /etc/systemd/system.
    void unit(const std::string& name, const std::string& text) const;
    /// The outside path of /srv/NAME, and of /var/log/NAME; they outlast the system.
    [[nodiscard]] std::string shared(const std::string& name) const;
    [[nodiscard]] std::string log(const std::string& name) const;

  private:
    [[noreturn]] void become_systemd(Installed installed) const;
    /// Sends process 1 SIGKILL, with which everything inside ends, and waits for it.
    void end();

    TemporaryFolder folder_;
    std::string cgroup_;
    pid_t pid_ = -1;
};

/// A test of a booted system, which has the unit installed and not started.
class Booted : public testing::Test {
  protected:
    void SetUp() override;

    BootedSystem system_;
};

}  // namespace respawnd::tests
