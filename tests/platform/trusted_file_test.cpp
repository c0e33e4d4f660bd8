#include "platform/trusted_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "started_programs.h"

namespace respawnd::platform {
namespace {

namespace fs = std::filesystem;
using testing::in_own_process;
using testing::is_root;
using testing::TemporaryFolder;

std::string refusal_of(const std::string& path) {
    const auto file = read_trusted_file(path);
    return file ? "" : file.error().text();
}

TEST(TrustedFile, gives_the_text_and_the_stamp) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.toml", "command = \"true\"\n", 0644);
    const auto file = read_trusted_file(path);
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_EQ(file->text, "command = \"true\"\n");
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(file->stamp, stamp_of(status));
}

TEST(TrustedFile, a_missing_file_is_told_apart) {
    const TemporaryFolder folder;
    const auto file = read_trusted_file(folder.path() + "/no/such.toml");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().number, ENOENT);
}

TEST(TrustedFile, whoever_may_write_it_is_named_with_the_command_that_mends_it) {
    const TemporaryFolder folder;
    for (const mode_t mode : {0666, 0664, 0646}) {
        const std::string path = folder.file("a.toml", "", 0644);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
        EXPECT_NE(refusal_of(path).find("the file can be written by others (mode 06"),
                  std::string::npos);
        EXPECT_NE(refusal_of(path).find("mend it with: chmod go-w " + path), std::string::npos)
            << refusal_of(path);
    }
}

TEST(TrustedFile, another_owner_is_refused) {
    if (!is_root()) {
        GTEST_SKIP() << "only root can give a file away";
    }
    const TemporaryFolder folder;
    const std::string path = folder.file("a.toml", "", 0644);
    ASSERT_EQ(::chown(path.c_str(), 12345, 0), 0);
    EXPECT_EQ(refusal_of(path), "read \"" + path +
                                    "\": the file belongs to uid 12345, and must belong to root; "
                                    "mend it with: chown root " +
                                    path);
}

TEST(TrustedFile, an_ordinary_user_trusts_root_and_himself_only) {
    if (!is_root()) {
        GTEST_SKIP() << "takes three users";
    }
    const TemporaryFolder folder;
    const std::string own = folder.file("own.toml", "own", 0644);
    const std::string roots = folder.file("roots.toml", "root's", 0644);
    const std::string others = folder.file("others.toml", "other's", 0644);
    ASSERT_EQ(::chown(own.c_str(), 4711, 4711), 0);
    ASSERT_EQ(::chown(others.c_str(), 4712, 4712), 0);
    EXPECT_EQ(in_own_process([&]() -> std::string {
                  if (::setgid(4711) != 0 || ::setuid(4711) != 0) {
                      return "cannot become another user";
                  }
                  const std::string why = refusal_of(others);
                  if (why.find("must belong to root or uid 4711; mend it with: chown 4711 ") ==
                      std::string::npos) {
                      return "said: " + why;
                  }
                  return refusal_of(own) + refusal_of(roots);
              }),
              "");
}

TEST(TrustedFile, a_folder_above_that_others_may_write_is_refused_unless_it_is_sticky) {
    const TemporaryFolder folder;
    const std::string above = folder.folder("above", 0755);
    const std::string path = folder.file("above/a.toml", "x", 0644);
    ASSERT_EQ(::chmod(above.c_str(), 0777), 0);
    EXPECT_NE(refusal_of(path).find("the folder " + above +
                                    " above it can be written by others (mode 0777); mend it "
                                    "with: chmod go-w " +
                                    above),
              std::string::npos)
        << refusal_of(path);
    ASSERT_EQ(::chmod(above.c_str(), 01777), 0);
    EXPECT_EQ(refusal_of(path), "");
}

TEST(TrustedFile, a_link_is_followed_and_its_target_and_way_are_judged) {
    const TemporaryFolder folder;
    const std::string real = folder.folder("real", 0755);
    const std::string target = folder.file("real/a.toml", "behind a link", 0644);
    const std::string link = folder.path() + "/link.toml";
    fs::create_symlink("real/../real/a.toml", link);
    ASSERT_TRUE(read_trusted_file(link));
    EXPECT_EQ(read_trusted_file(link)->text, "behind a link");
    ASSERT_EQ(::chmod(target.c_str(), 0666), 0);
    EXPECT_NE(refusal_of(link).find("chmod go-w " + target), std::string::npos);
    ASSERT_EQ(::chmod(target.c_str(), 0644), 0);
    ASSERT_EQ(::chmod(real.c_str(), 0777), 0);
    EXPECT_NE(refusal_of(link).find("chmod go-w " + real), std::string::npos);
}

TEST(TrustedFile, links_that_go_round_in_circles_are_refused) {
    const TemporaryFolder folder;
    fs::create_symlink("b.toml", folder.path() + "/a.toml");
    fs::create_symlink("a.toml", folder.path() + "/b.toml");
    EXPECT_NE(refusal_of(folder.path() + "/a.toml").find(std::strerror(ELOOP)), std::string::npos);
}

TEST(TrustedFile, what_is_not_a_file_is_said_and_never_waited_for) {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/x.toml";
    ASSERT_EQ(::mkfifo(path.c_str(), 0644), 0);
    EXPECT_EQ(refusal_of(path), "read \"" + path + "\": this is a FIFO, not a file");
    fs::remove(path);
    fs::create_directory(path);
    EXPECT_EQ(refusal_of(path), "read \"" + path + "\": this is a folder, not a file");
    fs::remove(path);
    fs::create_symlink("/dev/zero", path);
    EXPECT_NE(refusal_of(path).find("this is a device, not a file"), std::string::npos);
    fs::remove(path);
    const UniqueFd server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (void)path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(refusal_of(path), "read \"" + path + "\": this is a socket, not a file");
}

TEST(TrustedFile, an_endless_file_of_the_kernel_is_empty) {
    if (!is_root()) {
        GTEST_SKIP() << "the kernel's log is root's";
    }
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/x.toml";
    fs::create_symlink("/proc/kmsg", path);
    const auto file = read_trusted_file(path);
    EXPECT_TRUE(!file || file->text.empty());
}

TEST(TrustedFile, a_file_of_ten_gigabytes_is_refused_unread) {
    const TemporaryFolder folder;
    const std::string path = folder.file("x.toml", "", 0644);
    ASSERT_EQ(::truncate(path.c_str(), off_t{10} << 30), 0);
    EXPECT_EQ(refusal_of(path), "read \"" + path + "\": the file is larger than 1 MiB");
    ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 20), 0);
    EXPECT_EQ(refusal_of(path), "");
}

TEST(TrustedFile, a_path_in_a_command_is_a_word_of_the_shell) {
    const TemporaryFolder folder;
    const std::string path = folder.file("it's a\x1b[2J.toml", "", 0644);
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    EXPECT_NE(refusal_of(path).find("chmod go-w '" + folder.path() + "/it'\\''s a'?'[2J.toml'"),
              std::string::npos)
        << refusal_of(path);
}

TEST(TrustedFolder, is_refused_where_others_may_write_even_if_it_is_sticky) {
    const TemporaryFolder folder;
    const std::string path = folder.folder("jobs", 0755);
    ASSERT_TRUE(open_trusted_folder(walk_path(path)));
    ASSERT_EQ(::chmod(path.c_str(), 01777), 0);
    const auto opened = open_trusted_folder(walk_path(path));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().text(),
              "the folder can be written by others (mode 1777); mend it with: chmod go-w " + path);
}

TEST(TrustedFolder, that_is_a_file_is_refused) {
    const TemporaryFolder folder;
    const std::string path = folder.file("jobs", "", 0644);
    const auto opened = open_trusted_folder(walk_path(path));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().text(), "this is not a folder");
}

TEST(TrustedFolder, another_one_in_its_place_has_another_identity) {
    const TemporaryFolder folder;
    const std::string path = folder.folder("jobs", 0755);
    const auto first = open_trusted_folder(walk_path(path));
    ASSERT_TRUE(first);
    fs::rename(path, path + ".old");
    (void)folder.folder("jobs", 0755);
    const auto second = open_trusted_folder(walk_path(path));
    ASSERT_TRUE(second);
    EXPECT_NE(first->identity, second->identity);
}

TEST(TrustedFolder, a_file_that_somebody_writes_is_not_read) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.toml", "half", 0644);
    const auto opened = open_trusted_folder(walk_path(folder.path()));
    ASSERT_TRUE(opened) << opened.error().text();
    UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(read_file_of(*opened, "a.toml").kind, FileReading::Kind::being_written);
    writer.reset();
    const FileReading reading = read_file_of(*opened, "a.toml");
    EXPECT_EQ(reading.kind, FileReading::Kind::read);
    EXPECT_EQ(reading.text, "half");
    EXPECT_TRUE(reading.is_finished);
    EXPECT_FALSE(reading.is_linked);
}

TEST(TrustedFolder, links_of_both_kinds_are_known_as_such) {
    const TemporaryFolder folder;
    const std::string path = folder.file("elsewhere", "x", 0644);
    fs::create_symlink("elsewhere", folder.path() + "/soft.toml");
    const auto opened = open_trusted_folder(walk_path(folder.path()));
    ASSERT_TRUE(opened);
    EXPECT_TRUE(read_file_of(*opened, "soft.toml").is_linked);
    fs::create_hard_link(path, folder.path() + "/hard.toml");
    EXPECT_TRUE(read_file_of(*opened, "hard.toml").is_linked);
    fs::create_symlink("nowhere", folder.path() + "/dangling.toml");
    const FileReading dangling = read_file_of(*opened, "dangling.toml");
    EXPECT_EQ(dangling.kind, FileReading::Kind::refused);
}

TEST(PathWalk, passes_every_folder_and_follows_links_on_the_way) {
    const TemporaryFolder folder;
    (void)folder.folder("release-5", 0755);
    (void)folder.folder("release-5/jobs", 0755);
    fs::create_symlink("release-5", folder.path() + "/current");
    const PathWalk walk = walk_path(folder.path() + "/current/./jobs/");
    ASSERT_TRUE(walk.end);
    EXPECT_EQ(walk.end->path, folder.path() + "/release-5/jobs");
    EXPECT_EQ(walk.folders.front().path, "/");
    EXPECT_EQ(walk.folders.back().path, folder.path() + "/release-5");
    const auto& holder = walk.folders[walk.folders.size() - 2];
    EXPECT_EQ(holder.path, folder.path());
}

TEST(PathWalk, stops_where_nothing_is) {
    const TemporaryFolder folder;
    const PathWalk walk = walk_path(folder.path() + "/not/there");
    ASSERT_FALSE(walk.end);
    EXPECT_EQ(walk.end.error().number, ENOENT);
    EXPECT_EQ(walk.folders.back().path, folder.path());
    EXPECT_EQ(walk.folders.back().next, "not");
}

}  // namespace
}  // namespace respawnd::platform
