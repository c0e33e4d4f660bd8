#include "platform/read_lease.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include "platform/unique_fd.h"
#include "started_programs.h"

namespace respawnd::platform {
namespace {

using testing::in_own_process;
using testing::is_root;
using testing::TemporaryFolder;

TEST(ReadLease, tells_whether_somebody_has_the_file_open_for_writing) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a", "x", 0644);
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(ReadLease(fd.get()).writer(), ReadLease::Writer::none);
    UniqueFd writer(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    EXPECT_EQ(ReadLease(fd.get()).writer(), ReadLease::Writer::present);
    writer.reset();
    EXPECT_EQ(ReadLease(fd.get()).writer(), ReadLease::Writer::none);
}

TEST(ReadLease, other_readers_do_not_matter) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a", "x", 0644);
    const UniqueFd other(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(ReadLease(fd.get()).writer(), ReadLease::Writer::none);
}

TEST(ReadLease, a_writer_that_comes_waits_and_kills_nobody) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a", "x", 0644);
    EXPECT_EQ(in_own_process([&]() -> std::string {
                  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
                  std::optional<ReadLease> lease(std::in_place, fd.get());
                  if (lease->writer() != ReadLease::Writer::none) {
                      return "no lease";
                  }
                  // Without O_NONBLOCK this would sleep; with it the lease is broken all the same.
                  const int refused = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
                  if (refused >= 0 || errno != EWOULDBLOCK) {
                      return "the writer did not have to wait";
                  }
                  lease.reset();
                  const UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
                  return writer ? "" : "the writer is still kept out";
              }),
              "");
}

TEST(ReadLease, of_a_strangers_file_is_unknown) {
    if (!is_root()) {
        GTEST_SKIP() << "takes two users";
    }
    const TemporaryFolder folder;
    const std::string path = folder.file("a", "x", 0644);
    EXPECT_EQ(in_own_process([&]() -> std::string {
                  if (::setgid(4711) != 0 || ::setuid(4711) != 0) {
                      return "cannot become another user";
                  }
                  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
                  return ReadLease(fd.get()).writer() == ReadLease::Writer::unknown
                             ? ""
                             : "the lease was not refused";
              }),
              "");
}

}  // namespace
}  // namespace respawnd::platform
