// A disk that hangs, for whoever needs one and is root.
#pragma once

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "scenario/daemon_under_test.h"

namespace respawnd::tests {

/// A file system of its own on which every write hangs in the kernel from freeze() to thaw(), deaf
/// to SIGKILL.
class FrozenDisk {
  public:
    FrozenDisk() {
        std::filesystem::create_directory(path());
        const std::string image = folder_.path() + "/image";
        if (!succeeds("truncate -s 8M " + image) || !succeeds("mkfs.ext4 -q -F " + image)) {
            problem_ = "there is no mkfs.ext4";
        } else if (!succeeds("mount -o loop " + image + " " + path())) {
            problem_ = "no loop device can be mounted";
        } else {
            is_mounted_ = true;
            problem_ = succeeds("command -v fsfreeze") ? "" : "there is no fsfreeze";
        }
    }
    FrozenDisk(const FrozenDisk&) = delete;
    FrozenDisk& operator=(const FrozenDisk&) = delete;
    ~FrozenDisk() {
        thaw();
        if (is_mounted_) {
            EXPECT_TRUE(eventually([&] { return umount2(path().c_str(), 0) == 0; }));
        }
    }
    [[nodiscard]] std::string path() const { return folder_.path() + "/disk"; }
    /// Why it cannot be made here; empty: it has been made.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    void freeze() {
        is_frozen_ = succeeds("fsfreeze -f " + path());
        ASSERT_TRUE(is_frozen_);
    }
    void thaw() {
        if (is_frozen_ && succeeds("fsfreeze -u " + path())) {
            is_frozen_ = false;
        }
    }

  private:
    static bool succeeds(const std::string& command) {
        return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
    }

    TemporaryFolder folder_;
    std::string problem_;
    bool is_mounted_ = false;
    bool is_frozen_ = false;
};

}  // namespace respawnd::tests
