// A job folder on the real file system, in a folder that is removed afterwards, and the loop that
// serves it. A test waits for what it expects to see; that something did not happen is shown by
// something later that did.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/job_folder.h"
#include "platform/event_loop.h"

namespace respawnd::daemon::testing {

class JobFolderUnderTest {
  public:
    JobFolderUnderTest();
    ~JobFolderUnderTest();
    JobFolderUnderTest(const JobFolderUnderTest&) = delete;
    JobFolderUnderTest& operator=(const JobFolderUnderTest&) = delete;

    /// Makes the object and reads the folder for the first time.
    void open(core::Settings settings = {});
    /// Lets the loop run until the question is answered with yes; false after a generous limit.
    [[nodiscard]] bool until(const std::function<bool()>& question);
    /// Places a new job and waits for it: whatever was due before has happened by then, as long as
    /// it had been noticed a quarter of a second before.
    [[nodiscard]] bool marker_takes_effect();
    /// Lets the loop run for as long as a file has to be quiet, and some more.
    void let_quiet_pass();

    [[nodiscard]] std::string path(const std::string& name) const { return folder + "/" + name; }
    void write(const std::string& name, const std::string& text) const;
    /// Written elsewhere and renamed.
    void place(const std::string& name, const std::string& text) const;
    void remove(const std::string& name) const;

    [[nodiscard]] bool has(const std::string& job) const;
    /// The first word after /bin/ of the job's command, or "" for no such job.
    [[nodiscard]] std::string program_of(const std::string& job) const;
    /// How many messages contain the words.
    [[nodiscard]] std::size_t told(const std::string& words) const;
    [[nodiscard]] std::string all_told() const;

    std::string base;    ///< a folder of its own
    std::string folder;  ///< the job folder in it, made
    platform::EventLoop loop;
    std::unique_ptr<JobFolder> jobs;
    std::vector<core::DefinitionSet> changes;
    std::vector<std::string> messages;

  private:
    std::size_t markers_ = 0;
};

/// The text of a job that runs /bin/NAME.
[[nodiscard]] std::string job_running(const std::string& name);

}  // namespace respawnd::daemon::testing
