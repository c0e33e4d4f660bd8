// The real daemon in a folder of its own, driven as a user drives it: by files and signals. Tests
// wait for what it says or for what a job does, never for a time; the limit of a wait is generous,
// because a machine that runs tests is busy.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace respawnd::tests {

/// The limit of every wait.
inline constexpr std::chrono::seconds patience{60};

/// Waits until `holds` returns true, looking often; false when patience is at its end.
[[nodiscard]] bool eventually(const std::function<bool()>& holds);

/// A folder below /tmp that goes with the object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);
/// Under another name first, then renamed into place.
void place_file(const std::string& path, const std::string& text);
[[nodiscard]] bool exists(const std::string& path);
/// The children of a process, zombies among them.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);
/// How often `part` is in `text`.
[[nodiscard]] int count(const std::string& text, const std::string& part);
/// The value behind `key:` in /proc/PID/status, or what stands for it where there is none.
[[nodiscard]] std::string status_field(pid_t pid, const std::string& key);
/// Whether `./dev test --all` asked for the long amounts.
[[nodiscard]] bool wants_all();
/// True while there is a process of that number that is no zombie.
[[nodiscard]] bool is_alive(pid_t pid);

struct DaemonOptions {
    std::vector<std::string> arguments;              ///< beside the four folders
    std::string settings;                            ///< respawnd.toml
    std::map<std::string, std::string> environment;  ///< in place of the tests' own
    /// Runs in the child just before exec.
    std::function<void()> before_exec;
    /// Words in front of the daemon's command line: {"strace", "-f", ...}.
    std::vector<std::string> wrapper;
};

class DaemonUnderTest {
  public:
    explicit DaemonUnderTest(DaemonOptions options = {});
    DaemonUnderTest(const DaemonUnderTest&) = delete;
    DaemonUnderTest& operator=(const DaemonUnderTest&) = delete;
    /// Ends the daemon and everything that it left; when the test has failed, prints all that the
    /// daemon said.
    ~DaemonUnderTest();

    void start();
    void start(DaemonOptions options);

    /// Puts watchdog.d/NAME.toml in place by rename(2).
    void job(const std::string& name, const std::string& text) const;
    void remove_job(const std::string& name) const;
    [[nodiscard]] std::string job_path(const std::string& name) const;
    /// A path in a folder that everybody may write in, for what jobs leave as signs.
    [[nodiscard]] std::string path(const std::string& name) const;

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Waits for the daemon's logger and returns its pid; 0: it never came.
    [[nodiscard]] pid_t logger() const;
    void signal(int number) const;
    /// Waits for the daemon's end; its exit code, or 128 + N for a signal; -1: it does not end.
    [[nodiscard]] int wait_for_exit();
    /// SIGTERM, then wait_for_exit().
    [[nodiscard]] int stop();

    /// All that the daemon has said on standard error.
    [[nodiscard]] std::string messages() const;
    /// All that came out of standard output: the lines of jobs with target "inherit".
    [[nodiscard]] std::string output() const;
    /// Waits until the messages contain `text` at least `times` times.
    [[nodiscard]] bool says(const std::string& text, int times = 1) const;
    /// Waits until the output contains `text` at least `times` times.
    [[nodiscard]] bool prints(const std::string& text, int times = 1) const;
    /// What is in NAME.log of the log folder.
    [[nodiscard]] std::string log(const std::string& name) const;
    /// Waits until NAME.log contains `text` at least `times` times.
    [[nodiscard]] bool logs(const std::string& name, const std::string& text, int times = 1) const;
    /// How often `text` has been said so far.
    [[nodiscard]] int said(const std::string& text) const;
    /// Waits for the `nth` "NAME: running, pid N" (counted from 1) and returns N; 0: never came.
    [[nodiscard]] pid_t running(const std::string& name, int nth = 1) const;
    /// Waits for a file in path() and returns its text without the newline at its end.
    [[nodiscard]] std::string sign(const std::string& name) const;

    [[nodiscard]] const std::string& folder() const { return folder_.path(); }

  private:
    TemporaryFolder folder_;
    DaemonOptions options_;
    pid_t pid_ = -1;
    int exit_code_ = -1;
};

}  // namespace respawnd::tests
