#include "platform/start_lookup.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/started_programs.h"

namespace respawnd::platform {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using Environment = std::map<std::string, std::string>;

/// Through the helper, as the daemon asks.
core::Result<StartLookupAnswer> asked(StartLookupRequest request) {
    auto lookup = start_lookup(std::move(request));
    if (!lookup) {
        return std::unexpected(lookup.error());
    }
    for (;;) {
        if (!testing::wait_readable(lookup->fd())) {
            return core::failure("no answer");
        }
        if (auto answer = lookup->read()) {
            return *answer;
        }
    }
}

std::string refusal(StartLookupRequest request) {
    const auto answer = asked(std::move(request));
    return answer ? "(found uid " + std::to_string(answer->identity.uid) + ")"
                  : answer.error().text();
}

TEST(StartLookup, without_a_user_it_is_the_daemons_own) {
    const auto answer = asked({});
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->identity.uid, ::geteuid());
    EXPECT_EQ(answer->identity.gid, ::getegid());
    EXPECT_TRUE(is_own_identity(answer->identity));
    EXPECT_NE(answer->identity.home, "");
    EXPECT_NE(answer->identity.shell, "");
}

TEST(StartLookup, finds_a_user_by_name_and_by_number) {
    const passwd* entry = ::getpwuid(1);  // "daemon" on every Debian
    if (entry == nullptr) {
        GTEST_SKIP() << "no user with the number 1 here";
    }
    const std::string name = entry->pw_name;
    const gid_t gid = entry->pw_gid;
    const std::string home = entry->pw_dir;
    for (const std::string& word : {name, std::string("1")}) {
        StartLookupRequest request;
        request.user = word;
        const auto answer = asked(request);
        ASSERT_TRUE(answer) << answer.error().text();
        EXPECT_EQ(answer->identity.uid, 1U);
        EXPECT_EQ(answer->identity.gid, gid);
        EXPECT_EQ(answer->identity.user_name, name);
        EXPECT_EQ(answer->identity.home, home);
        EXPECT_THAT(answer->identity.groups, ::testing::Contains(gid));
        EXPECT_EQ(answer->environment, Environment{});
    }
}

TEST(StartLookup, an_ordinary_user_who_names_itself_stays_what_it_is) {
    EXPECT_EQ(testing::in_own_process([]() -> std::string {
                  // Without a group that the database gives it.
                  if (testing::is_root() &&
                      (::setgroups(0, nullptr) != 0 || ::setresgid(54322, 54322, 54322) != 0 ||
                       ::setresuid(1, 1, 1) != 0)) {
                      return "cannot become an ordinary user";
                  }
                  StartLookupRequest request;
                  request.user = std::to_string(::geteuid());
                  request.group = std::to_string(::getegid());
                  const auto answer = asked(request);
                  if (!answer) {
                      return answer.error().text();
                  }
                  // A number that the database does not know has no groups at all.
                  return is_own_identity(answer->identity) || answer->identity.groups.empty()
                             ? ""
                             : "it would become somebody else";
              }),
              "");
}

TEST(StartLookup, group_and_supplementary_groups_take_the_place_of_the_users_own) {
    StartLookupRequest request;
    request.user = "1";
    request.group = "2345";
    request.supplementary_groups = {{"root", "77"}};
    const auto answer = asked(request);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->identity.gid, 2345U);
    EXPECT_THAT(answer->identity.groups, ElementsAre(0, 77));
    request.supplementary_groups = std::vector<std::string>{};
    EXPECT_TRUE(asked(request)->identity.groups.empty());
}

TEST(StartLookup, an_unknown_number_needs_a_group) {
    StartLookupRequest request;
    request.user = "54321";
    EXPECT_EQ(refusal(request),
              "user 54321 is not in the user database, so that \"group\" has to be given");
    request.group = "54322";
    const auto answer = asked(request);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->identity.uid, 54321U);
    EXPECT_EQ(answer->identity.gid, 54322U);
    EXPECT_TRUE(answer->identity.groups.empty());
    EXPECT_EQ(answer->identity.user_name, "54321");
    EXPECT_EQ(answer->identity.home, "/");
}

TEST(StartLookup, what_does_not_exist_is_named) {
    StartLookupRequest request;
    request.user = "no-such-user";
    EXPECT_EQ(refusal(request), "user \"no-such-user\" does not exist");
    request = {};
    request.group = "no-such-group";
    EXPECT_EQ(refusal(request), "group \"no-such-group\" does not exist");
    request = {};
    request.supplementary_groups = {{"no-such-group"}};
    EXPECT_EQ(refusal(request), "group \"no-such-group\" does not exist");
}

TEST(StartLookup, no_slip_makes_somebody_root) {
    for (const char* word :
         {"-1", "4294967295", "65535", "4294967296", "99999999999999999999", "0x0", "007", "00",
          "0day", "", " ", "root ", "+0", "a:b", "a/b", "root\n"}) {
        StartLookupRequest request;
        request.user = word;
        request.group = "0";
        EXPECT_THAT(refusal(request),
                    ::testing::AnyOf(HasSubstr("is not a valid"), HasSubstr("is empty")))
            << word;
        request.user = "1";
        request.group = word;
        EXPECT_THAT(refusal(request), StartsWith("group \"")) << word;
    }
}

TEST(StartLookup, reads_environment_files_and_the_later_one_wins) {
    const TemporaryFolder folder;
    StartLookupRequest request;
    request.environment_files = {{folder.file("a", "A=1\nB=\"x y\"\n"), false},
                                 {folder.path() + "/missing", true},
                                 {folder.file("b", "A=2\n"), false}};
    const auto answer = asked(request);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->environment, (Environment{{"A", "2"}, {"B", "x y"}}));
}

TEST(StartLookup, a_bad_environment_file_is_told) {
    const TemporaryFolder folder;
    const auto told = [](const std::string& path) {
        StartLookupRequest request;
        request.environment_files = {{path, false}};
        return refusal(request);
    };
    const std::string missing = folder.path() + "/missing";
    EXPECT_EQ(told(missing),
              "read environment file \"" + missing + "\": No such file or directory");
    EXPECT_EQ(told(folder.path()),
              "read environment file \"" + folder.path() + "\": it is not a regular file");
    const std::string bad = folder.file("bad", "A=1\nfoo\nbar\n");
    EXPECT_EQ(told(bad),
              "environment file \"" + bad + "\", line 2: \"foo\" is not NAME=value (and 1 more)");
    const std::string large = folder.file("large", std::string(2'000'000, '\n'));
    EXPECT_EQ(told(large), "read environment file \"" + large + "\": it is longer than 1 MiB");
    const std::string fifo = folder.path() + "/fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(told(fifo), "read environment file \"" + fifo + "\": it is not a regular file");
}

}  // namespace
}  // namespace respawnd::platform
