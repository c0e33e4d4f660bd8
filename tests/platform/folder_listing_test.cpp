#include "platform/folder_listing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "started_programs.h"

namespace respawnd::platform {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

std::vector<ListedFile> listed(const std::string& path) {
    const auto folder = open_trusted_folder(walk_path(path));
    EXPECT_TRUE(folder) << folder.error().text();
    const auto files = list_job_files(*folder);
    EXPECT_TRUE(files) << files.error().text();
    return *files;
}

TEST(FolderListing, has_the_job_files_sorted_and_nothing_else) {
    const TemporaryFolder folder;
    for (const char* name : {"b.toml", "a.toml", "a b.toml", ".a.toml", ".web.toml.swp",
                             "web.toml~", "#web.toml#", "4913", "sedX1y2Z3", "web.toml.dpkg-new",
                             "web.toml.rpmsave", "web.toml.disabled", "web.TOML", "web"}) {
        (void)folder.file(name, "x", 0644);
    }
    std::vector<std::string> names;
    for (const ListedFile& file : listed(folder.path())) {
        names.push_back(file.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"a b.toml", "a.toml", "b.toml"}));
}

TEST(FolderListing, has_the_stamp_of_a_links_target) {
    const TemporaryFolder folder;
    const std::string target = folder.file("target", "xyz", 0644);
    fs::create_symlink("target", folder.path() + "/link.toml");
    fs::create_symlink("nowhere", folder.path() + "/nowhere.toml");
    struct stat status{};
    ASSERT_EQ(::stat(target.c_str(), &status), 0);
    const auto files = listed(folder.path());
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].stamp, stamp_of(status));
    EXPECT_EQ(files[1].stamp, FileStamp{});
}

TEST(FolderListing, can_be_made_again_from_the_same_folder) {
    const TemporaryFolder folder;
    (void)folder.file("a.toml", "x", 0644);
    const auto opened = open_trusted_folder(walk_path(folder.path()));
    ASSERT_TRUE(opened);
    EXPECT_EQ(list_job_files(*opened)->size(), 1U);
    (void)folder.file("b.toml", "x", 0644);
    EXPECT_EQ(list_job_files(*opened)->size(), 2U);
}

}  // namespace
}  // namespace respawnd::platform
