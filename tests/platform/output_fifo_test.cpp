#include "platform/output_fifo.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace respawnd::platform {
namespace {

class OutputFifoTest : public testing::Test {
  protected:
    OutputFifoTest() {
        std::string name = testing::TempDir() + "output_fifo_XXXXXX";
        path_ = ::mkdtemp(name.data());
        folder_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    ~OutputFifoTest() override { std::filesystem::remove_all(path_); }

    std::string path_;
    UniqueFd folder_;
};

TEST_F(OutputFifoTest, is_named_after_its_generation) {
    EXPECT_EQ(fifo_name({0x1234abcdU}), "000000001234abcd");
    EXPECT_EQ(fifo_name({~0ULL, Channel::error}), "ffffffffffffffff.err");
    EXPECT_EQ(spool_name({1, Channel::error}), "0000000000000001.err.spool");
    EXPECT_EQ(output_name_from("000000001234abcd"), (OutputName{0x1234abcdU, Channel::output}));
    EXPECT_EQ(output_name_from("ffffffffffffffff.err"), (OutputName{~0ULL, Channel::error}));
    EXPECT_EQ(output_name_from("pipe:[4711]").generation, 0U);
}

TEST_F(OutputFifoTest, carries_bytes_and_is_only_for_its_owner) {
    auto fifo = make_output_fifo(folder_.get(), {7}, std::nullopt);
    ASSERT_TRUE(fifo) << fifo.error().text();
    ASSERT_EQ(::write(fifo->job_end.get(), "x\n", 2), 2);
    char bytes[8];
    EXPECT_EQ(::read(fifo->read_end.get(), bytes, sizeof bytes), 2);
    EXPECT_EQ(::read(fifo->read_end.get(), bytes, sizeof bytes), -1);
    EXPECT_EQ(errno, EAGAIN);

    struct stat status{};
    ASSERT_EQ(::fstat(fifo->job_end.get(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_NE(::fcntl(fifo->job_end.get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(fifo->read_end.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(OutputFifoTest, lets_the_job_write_after_the_reader_is_gone) {
    auto fifo = make_output_fifo(folder_.get(), {7}, std::nullopt);
    ASSERT_TRUE(fifo);
    fifo->read_end.reset();
    EXPECT_EQ(::write(fifo->job_end.get(), "x\n", 2), 2);
    auto again = open_output_fifo(folder_.get(), {7});
    ASSERT_TRUE(again) << again.error().text();
    char bytes[8];
    EXPECT_EQ(::read(again->get(), bytes, sizeof bytes), 2);
}

TEST_F(OutputFifoTest, does_not_give_the_job_a_descriptor_that_does_not_block) {
    auto fifo = make_output_fifo(folder_.get(), {7}, std::nullopt);
    ASSERT_TRUE(fifo);
    EXPECT_EQ(::fcntl(fifo->job_end.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(::fcntl(fifo->job_end.get(), F_GETFL) & O_ACCMODE, O_RDWR);
}

TEST_F(OutputFifoTest, refuses_a_name_that_is_taken) {
    ASSERT_EQ(::symlink("/etc/passwd", (path_ + "/" + fifo_name({7})).c_str()), 0);
    auto fifo = make_output_fifo(folder_.get(), {7}, std::nullopt);
    ASSERT_FALSE(fifo);
    EXPECT_EQ(fifo.error().text(), "make \"output/0000000000000007\": File exists");
}

TEST_F(OutputFifoTest, opens_nothing_but_a_fifo) {
    const std::string path = path_ + "/" + fifo_name({7});
    ASSERT_EQ(::symlink("/etc/passwd", path.c_str()), 0);
    auto link = open_output_fifo(folder_.get(), {7});
    ASSERT_FALSE(link);
    EXPECT_EQ(link.error().number, ELOOP);

    ASSERT_EQ(::unlink(path.c_str()), 0);
    UniqueFd file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    auto regular = open_output_fifo(folder_.get(), {7});
    ASSERT_FALSE(regular);
    EXPECT_EQ(regular.error().text(), "\"output/0000000000000007\" is not a FIFO");
}

TEST_F(OutputFifoTest, belongs_to_the_jobs_user) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give a file away";
    }
    auto fifo = make_output_fifo(folder_.get(), {7}, FifoOwner{65534, 65534});
    ASSERT_TRUE(fifo) << fifo.error().text();
    struct stat status{};
    ASSERT_EQ(::fstat(fifo->job_end.get(), &status), 0);
    EXPECT_EQ(status.st_uid, 65534U);
    EXPECT_EQ(status.st_gid, 65534U);
}

TEST_F(OutputFifoTest, leaves_no_name_behind_when_the_owner_cannot_be_set) {
    const uid_t me = ::geteuid();
    std::filesystem::permissions(path_, std::filesystem::perms::all);
    if (me == 0) {
        ASSERT_EQ(::seteuid(65534), 0);  // root may give a file to anybody
    }
    auto fifo = make_output_fifo(folder_.get(), {7}, FifoOwner{0, 0});
    ASSERT_EQ(::seteuid(me), 0);
    ASSERT_FALSE(fifo);
    EXPECT_EQ(fifo.error().text(),
              "give \"output/0000000000000007\" to the job's user: Operation not permitted");
    EXPECT_TRUE(std::filesystem::is_empty(path_));
}

TEST_F(OutputFifoTest, can_be_removed_twice) {
    ASSERT_TRUE(make_output_fifo(folder_.get(), {7}, std::nullopt));
    EXPECT_TRUE(remove_output(folder_.get(), {7}));
    EXPECT_TRUE(remove_output(folder_.get(), {7}));
    EXPECT_TRUE(std::filesystem::is_empty(path_));
}

}  // namespace
}  // namespace respawnd::platform
