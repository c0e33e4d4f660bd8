// respawn-logger as a process, with the test in the daemon's place.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "logger/logger_under_test.h"
#include "platform/logger_socket.h"
#include "platform/output_fifo.h"

namespace respawnd::logger {
namespace {

namespace protocol = platform::logger_protocol;
using platform::UniqueFd;
using testing::HasSubstr;

bool is_long() {
    return ::getenv("RESPAWND_ALL") != nullptr;
}

TEST(Logger, writes_what_a_job_writes_into_its_log) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    run.write("one\ntwo\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "one\ntwo\n"; }));
    const auto mode = std::filesystem::status(logger.log_folder() + "/mailer.log").permissions();
    EXPECT_EQ(static_cast<unsigned>(mode), 0640U);
    EXPECT_EQ(logger.finish(), 0);
}

TEST(Logger, shows_a_half_line_of_a_single_instance_at_once) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    run.write("50 %");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "50 %"; }));
    run.write(" 100 %\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "50 % 100 %\n"; }));
}

TEST(Logger, ends_the_half_line_of_a_run_that_has_ended) {
    LoggerUnderTest logger;
    JobRun first = logger.begin("mailer");
    first.write("last words");
    first.output.reset();
    logger.end(first);
    EXPECT_TRUE(logger.hears_drained(first));
    JobRun second = logger.begin("mailer");
    second.write("hello\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "last words\nhello\n"; }));
}

TEST(Logger, adds_no_line_end_where_there_is_one) {
    LoggerUnderTest logger;
    for (int count = 0; count < 3; ++count) {
        JobRun run = logger.begin("mailer");
        run.write("whole\n");
        run.output.reset();
        logger.end(run);
        EXPECT_TRUE(logger.hears_drained(run));
    }
    EXPECT_EQ(logger.log("mailer.log"), "whole\nwhole\nwhole\n");
}

TEST(Logger, writes_all_of_a_run_before_anything_of_the_next) {
    LoggerUnderTest logger;
    ::kill(logger.pid(), SIGSTOP);  // so that both runs wait when it comes to read
    std::string expected;
    std::vector<JobRun> runs;
    for (int count = 0; count < 20; ++count) {
        runs.push_back(logger.begin("mailer"));
        const std::string text = "run " + std::to_string(count) + "\nhalf";
        runs.back().write(text);
        expected += text + "\n";
        logger.end(runs.back());
    }
    ::kill(logger.pid(), SIGCONT);
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == expected; }));
}

TEST(Logger, takes_a_new_run_as_the_end_of_the_one_before) {
    LoggerUnderTest logger;
    JobRun first = logger.begin("mailer");
    first.write("half");
    JobRun second = logger.begin("mailer");
    second.write("new\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "half\nnew\n"; }));
}

TEST(Logger, does_not_let_a_process_left_behind_hold_up_the_next_run) {
    LoggerUnderTest logger;
    JobRun first = logger.begin("mailer");
    first.write("half");
    logger.end(first);
    JobRun second = logger.begin("mailer");
    second.write("second\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "half\nsecond\n"; }));
    first.write("from a child of the first\n");
    EXPECT_TRUE(wait_until(
        [&] { return logger.log("mailer.log") == "half\nsecond\nfrom a child of the first\n"; }));
    first.output.reset();
    EXPECT_TRUE(logger.hears_drained(first));
}

TEST(Logger, lets_a_flooding_process_left_behind_hold_up_nothing) {
    LoggerUnderTest logger;
    JobRun first = logger.begin("mailer");
    std::atomic<bool> stop = false;
    std::thread flood([&] {
        while (!stop) {
            first.write("flood\n");
        }
    });
    logger.end(first);
    JobRun second = logger.begin("mailer");
    second.write("second\n");
    EXPECT_TRUE(
        wait_until([&] { return logger.log("mailer.log").find("second\n") != std::string::npos; }));
    stop = true;
    flood.join();
}

TEST(Logger, says_nothing_drained_while_a_job_that_closed_its_output_lives) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    run.write("bye\n");
    run.output.reset();
    JobRun other = logger.begin("other");
    other.output.reset();
    logger.end(other);
    EXPECT_TRUE(logger.hears_drained(other));
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "bye\n"; }));
    logger.end(run);
    EXPECT_TRUE(logger.hears_drained(run));
}

TEST(Logger, closes_a_stream_that_is_to_be_forgotten) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    run.write("kept");
    logger.send(protocol::StreamForgotten{{run.generation}});
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "kept\n"; }));
    // O_RDWR writes succeed without a reader; that nobody reads shows in the FIFO filling up.
    ASSERT_EQ(::fcntl(run.output.get(), F_SETFL, O_NONBLOCK), 0);
    const std::string page(4096, 'x');
    EXPECT_TRUE(
        wait_until([&] { return ::write(run.output.get(), page.data(), page.size()) < 0; }));
}

TEST(Logger, keeps_lines_of_instances_that_share_a_file_whole) {
    constexpr int writers = 8;
    constexpr int lines = 400;
    LoggerUnderTest logger;
    std::vector<JobRun> runs;
    for (int number = 1; number <= writers; ++number) {
        runs.push_back(logger.begin("mailer@" + std::to_string(number)));
    }
    std::vector<std::thread> threads;
    for (int number = 0; number < writers; ++number) {
        threads.emplace_back([&, number] {
            std::mt19937 random(static_cast<unsigned>(number));
            std::string text;
            for (int line = 0; line < lines; ++line) {
                text += std::to_string(number) + " " + std::to_string(line) + " " +
                        std::string(random() % 300, static_cast<char>('a' + number)) + ".\n";
            }
            // In pieces that never end where a line does, but for luck.
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t size = 1 + random() % 700;
                runs[static_cast<std::size_t>(number)].write(
                    std::string_view(text).substr(at, size));
                at += size;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(logger.finish(), 0);

    std::map<int, int> next_line;
    std::istringstream log(logger.log("mailer.log"));
    for (std::string line; std::getline(log, line);) {
        int number = -1;
        int count = -1;
        std::istringstream(line) >> number >> count;
        ASSERT_EQ(count, next_line[number]++) << line;
        ASSERT_EQ(line.back(), '.') << line;
        const char other = static_cast<char>('a' + (number + 1) % writers);
        ASSERT_EQ(line.find(other), std::string::npos) << line;
    }
    for (int number = 0; number < writers; ++number) {
        EXPECT_EQ(next_line[number], lines);
    }
}

TEST(Logger, does_not_wait_for_ever_for_the_end_of_a_line) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer@1");
    JobRun inherit = logger.begin("other", true);
    const std::string endless(200 * 1024, 'x');
    run.write(endless);
    inherit.write(endless);
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log").size() >= 128 * 1024; }));
    EXPECT_EQ(logger.finish(), 0);
    EXPECT_EQ(logger.log("mailer.log"), endless + "\n");
}

TEST(Logger, does_not_wait_for_a_line_end_in_a_fifo_full_of_packets) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer@1");
    ASSERT_EQ(::fcntl(run.output.get(), F_SETFL, O_DIRECT), 0);
    std::string text;
    for (int count = 0; count < 100; ++count) {
        run.write("x");  // each write fills a slot, and there are 16
        text += "x";
    }
    EXPECT_EQ(logger.finish(), 0);
    EXPECT_EQ(logger.log("mailer.log"), text + "\n");
}

TEST(Logger, puts_the_name_in_front_of_each_line_on_standard_output) {
    LoggerUnderTest logger;
    JobRun one = logger.begin("mailer@1", true);
    JobRun two = logger.begin("clock", true);
    one.write("a\nb\nhalf");
    EXPECT_TRUE(
        wait_until([&] { return logger.standard_output() == "mailer@1 | a\nmailer@1 | b\n"; }));
    two.write("\n");
    EXPECT_TRUE(wait_until(
        [&] { return logger.standard_output() == "mailer@1 | a\nmailer@1 | b\nclock | \n"; }));
    one.write(" line\nrest");
    one.output.reset();
    logger.end(one);
    EXPECT_TRUE(wait_until([&] {
        return logger.standard_output() ==
               "mailer@1 | a\nmailer@1 | b\nclock | \nmailer@1 | half line\nmailer@1 | rest\n";
    }));
}

TEST(Logger, loses_nothing_while_standard_output_is_stopped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    LoggerUnderTest logger({.log_folder = {}, .output = write_end.get()});
    write_end.reset();
    JobRun shown = logger.begin("mailer", true);
    JobRun filed = logger.begin("other");
    constexpr int lines = 60000;
    std::thread writer([&] {
        for (int line = 0; line < lines; ++line) {
            shown.write(std::to_string(line) + "\n");
        }
        shown.output.reset();
        logger.end(shown);
    });
    // Nobody reads standard output; the file of another job is written all the same.
    filed.write("goes on\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("other.log") == "goes on\n"; }));
    std::string got;
    std::array<char, 65536> buffer{};
    const std::string last = "mailer | " + std::to_string(lines - 1) + "\n";
    while (!got.ends_with(last)) {
        const ssize_t size = ::read(read_end.get(), buffer.data(), buffer.size());
        ASSERT_GT(size, 0);
        got.append(buffer.data(), static_cast<std::size_t>(size));
    }
    writer.join();
    std::string expected;
    for (int line = 0; line < lines; ++line) {
        expected += "mailer | " + std::to_string(line) + "\n";
    }
    EXPECT_EQ(got, expected);
}

TEST(Logger, goes_on_when_standard_output_is_closed) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    LoggerUnderTest logger({.log_folder = {}, .output = write_end.get()});
    write_end.reset();
    read_end.reset();
    JobRun shown = logger.begin("mailer", true);
    shown.write("nobody reads this\n");
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>([](const auto& trouble) {
        return trouble.subject.empty() &&
               trouble.text.starts_with("write standard output: Broken pipe; ");
    }));
    JobRun filed = logger.begin("other");
    filed.write("goes on\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("other.log") == "goes on\n"; }));
    EXPECT_EQ(logger.finish(), 0);
}

TEST(Logger, takes_every_byte_of_a_flood) {
    const char* amount = std::getenv("RESPAWND_FLOOD_MIB");
    const std::size_t total = (amount != nullptr ? std::stoul(amount)
                               : is_long()       ? 500U
                                                 : 200U) *
                              1024U * 1024U;
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    const std::string block = [] {
        std::string text;
        while (text.size() < 128 * 1024) {
            text += "y\n";
        }
        return text;
    }();
    JobRun other = logger.begin("other");
    for (std::size_t written = 0; written < total; written += block.size()) {
        run.write(block);
        if (written == total / 2 / block.size() * block.size()) {
            other.write("in the middle\n");
            EXPECT_TRUE(wait_until([&] { return logger.log("other.log") == "in the middle\n"; }));
        }
    }
    EXPECT_EQ(logger.finish(), 0);
    EXPECT_EQ(std::filesystem::file_size(logger.log_folder() + "/mailer.log"),
              (total + block.size() - 1) / block.size() * block.size());
}

TEST(Logger, serves_a_thousand_streams) {
    LoggerUnderTest logger;
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const int streams = limit.rlim_max >= 4096 ? 1000 : 200;
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    std::vector<JobRun> runs;
    for (int count = 0; count < streams; ++count) {
        runs.push_back(logger.begin("job" + std::to_string(count)));
    }
    for (JobRun& run : runs) {
        run.write("hello\n");
        run.output.reset();
        logger.end(run);
    }
    for (const JobRun& run : runs) {
        ASSERT_TRUE(logger.hears_drained(run));
    }
    for (int count = 0; count < streams; ++count) {
        ASSERT_EQ(logger.log("job" + std::to_string(count) + ".log"), "hello\n");
    }
}

TEST(Logger, follows_a_log_that_is_moved_removed_or_truncated) {
    LoggerUnderTest logger;
    const std::string log = logger.log_folder() + "/mailer.log";
    JobRun run = logger.begin("mailer");
    run.write("one\n");
    ASSERT_TRUE(wait_until([&] { return content_of(log) == "one\n"; }));

    std::filesystem::remove(log);
    run.write("two\n");
    EXPECT_TRUE(wait_until([&] { return content_of(log) == "two\n"; }));

    std::filesystem::resize_file(log, 0);
    run.write("three\n");
    EXPECT_TRUE(wait_until([&] { return content_of(log) == "three\n"; }));

    std::filesystem::rename(log, log + ".1");
    EXPECT_TRUE(wait_until([&] {
        run.write("x\n");  // noticed within a second in which something is written
        return std::filesystem::exists(log);
    }));
    EXPECT_THAT(content_of(log + ".1"), testing::StartsWith("three\n"));
    EXPECT_TRUE(wait_until([&] { return content_of(log).ends_with("x\n"); }));
}

TEST(Logger, follows_a_log_folder_that_is_removed_and_makes_it_anew) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    run.write("one\n");
    ASSERT_TRUE(wait_until([&] { return logger.log("mailer.log") == "one\n"; }));
    std::filesystem::remove_all(logger.log_folder());
    EXPECT_TRUE(wait_until([&] {
        run.write("two\n");
        return logger.log("mailer.log").find("two\n") != std::string::npos;
    }));
}

TEST(Logger, goes_on_after_a_half_line_that_was_in_the_file_before) {
    LoggerUnderTest logger;
    std::filesystem::create_directory(logger.log_folder());
    std::ofstream(logger.log_folder() + "/mailer.log") << "left by an earlier logger";
    JobRun run = logger.begin("mailer");
    run.write("hello\n");
    EXPECT_TRUE(wait_until(
        [&] { return logger.log("mailer.log") == "left by an earlier logger\nhello\n"; }));
}

TEST(Logger, writes_through_no_symbolic_link) {
    LoggerUnderTest logger;
    std::filesystem::create_directory(logger.log_folder());
    const std::string victim = logger.path("victim");
    std::ofstream(victim) << "untouched\n";
    std::filesystem::create_symlink(victim, logger.log_folder() + "/mailer.log");
    JobRun run = logger.begin("mailer");
    run.write("hello\n");
    const std::string log = logger.log_folder() + "/mailer.log";
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>([&](const auto& trouble) {
        return trouble.subject == "mailer.log" &&
               trouble.text == "open log file \"" + log +
                                   "\": it is not a regular file of its own (this mends it: mv " +
                                   log + " " + log + ".old)";
    }));
    EXPECT_EQ(content_of(victim), "untouched\n");
}

TEST(Logger, writes_to_nothing_but_a_regular_file) {
    LoggerUnderTest logger;
    std::filesystem::create_directory(logger.log_folder());
    ASSERT_EQ(::mkfifo((logger.log_folder() + "/pipe.log").c_str(), 0600), 0);
    std::filesystem::create_directory(logger.log_folder() + "/folder.log");
    JobRun pipe = logger.begin("pipe");
    JobRun folder = logger.begin("folder");
    JobRun good = logger.begin("good");
    good.write("goes on\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("good.log") == "goes on\n"; }));
    for (const char* name : {"pipe.log", "folder.log"}) {
        EXPECT_TRUE(logger.hears<protocol::TroubleBegan>(
            [&](const auto& trouble) { return trouble.subject == name; }));
    }
}

/// What a log holds besides marks, plus what the marks in it count.
std::size_t bytes_accounted_for(const std::string& content) {
    const std::string mark = "respawn-logger: ";
    std::size_t total = 0;
    std::istringstream lines(content);
    for (std::string line; std::getline(lines, line);) {
        total += line.starts_with(mark) ? std::stoul(line.substr(mark.size())) : line.size() + 1;
    }
    return total;
}

/// Every byte of `jobs_wrote` is in the log or counted, give or take the ends of lines that were
/// torn where the disk was full.
void expect_all_accounted_for(const std::string& content, std::size_t jobs_wrote) {
    const std::size_t counted = bytes_accounted_for(content);
    const auto marks = static_cast<std::size_t>(
        std::ranges::count(content, 'r'));  // no other line has that letter
    EXPECT_GE(counted, jobs_wrote);
    EXPECT_LE(counted, jobs_wrote + marks);
}

TEST(Logger, drops_after_a_second_counts_and_heals_by_itself) {
    LoggerUnderTest logger;
    std::filesystem::create_directory(logger.log_folder());
    const std::string log = logger.log_folder() + "/mailer.log";
    std::filesystem::create_directory(log);  // in the way
    JobRun run = logger.begin("mailer");
    // More than FIFO and spool hold: the writer gets on only because bytes are dropped.
    run.write(std::string(600 * 1024, 'x') + "\n");
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>());
    std::filesystem::remove(log);
    EXPECT_TRUE(logger.hears<protocol::TroubleHealed>());
    ASSERT_TRUE(
        wait_until([&] { return content_of(log).find(" bytes dropped, ") != std::string::npos; }));
    run.write("back\n");
    EXPECT_EQ(logger.finish(), 0);
    const std::string content = content_of(log);
    EXPECT_THAT(content, testing::EndsWith("back\n"));
    // What was written and what the mark counts is all that there was.
    expect_all_accounted_for(content, 600U * 1024U + 1U + 5U);
}

TEST(Logger, goes_on_beside_a_log_that_may_not_grow) {
    LoggerUnderTest logger({.log_folder = {}, .output = -1, .user = 0, .file_size_limit = 10000});
    JobRun run = logger.begin("mailer");
    std::size_t written = 0;
    for (int count = 0; count < 80; ++count, written += 10000) {
        run.write(std::string(9999, 'x') + "\n");
    }
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>([](const auto& trouble) {
        return trouble.text.ends_with(": File too large");  // of the log, or of the spool
    }));
    JobRun other = logger.begin("other");
    other.write("goes on\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("other.log") == "goes on\n"; }));
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::prlimit(logger.pid(), RLIMIT_FSIZE, &unlimited, nullptr) != 0) {
        const rlimit larger{1U << 30U, 1U << 30U};
        ASSERT_EQ(::prlimit(logger.pid(), RLIMIT_FSIZE, &larger, nullptr), 0);
    }
    EXPECT_TRUE(logger.hears<protocol::TroubleHealed>());
    // It may have healed before, for as long as the file took what the spool could hold.
    EXPECT_TRUE(
        wait_until([&] { return bytes_accounted_for(logger.log("mailer.log")) >= written; }));
    run.write("back\n");
    EXPECT_EQ(logger.finish(), 0);
    EXPECT_THAT(logger.log("mailer.log"), HasSubstr(" bytes dropped, File too large\n"));
    EXPECT_THAT(logger.log("mailer.log"), testing::EndsWith("back\n"));
    expect_all_accounted_for(logger.log("mailer.log"), written + 5);
}

TEST(Logger, drops_and_counts_while_the_disk_is_full) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root to mount a small disk";
    }
    LoggerUnderTest logger(
        {.log_folder = {}, .output = -1, .user = 0, .file_size_limit = 0, .small_disk = true});
    const std::string folder =
        "/proc/" + std::to_string(logger.pid()) + "/root" + logger.log_folder();
    JobRun run = logger.begin("mailer");
    std::size_t written = 0;
    // More than disk, spool and pipe take together: the rest is written only if bytes are dropped.
    for (int count = 0; count < 400; ++count, written += 10000) {
        run.write(std::string(9999, 'x') + "\n");
    }
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>([&](const auto& trouble) {
        return trouble.text.ends_with("/mailer.log\": No space left on device");
    }));
    const std::string full = content_of(folder + "/mailer.log");
    EXPECT_GT(full.size(), 500U * 1024U);
    // What an operator does first, by truncating the file in place. What waits in memory fits then.
    ASSERT_EQ(::truncate((folder + "/mailer.log").c_str(), 0), 0);
    EXPECT_TRUE(logger.hears<protocol::TroubleHealed>());
    EXPECT_TRUE(wait_until([&] {
        const std::string rest = content_of(folder + "/mailer.log");
        return rest.find(" bytes dropped, No space left on device\n") != std::string::npos &&
               bytes_accounted_for(full + "\n" + rest) >= written;
    }));
    expect_all_accounted_for(full + "\n" + content_of(folder + "/mailer.log"), written);
}

TEST(Logger, says_what_mends_a_folder_that_it_may_not_write) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root to start the logger as another user";
    }
    LoggerUnderTest logger({.log_folder = {}, .output = -1, .user = 65534});
    std::filesystem::create_directory(logger.log_folder());
    JobRun run = logger.begin("mailer");
    run.write("hello\n");
    const std::string log = logger.log_folder() + "/mailer.log";
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>([&](const auto& trouble) {
        return trouble.text == "open log file \"" + log +
                                   "\": Permission denied (this mends it: chown 65534 " +
                                   logger.log_folder() + ")";
    }));
    ASSERT_EQ(::chown(logger.log_folder().c_str(), 65534, 65534), 0);
    EXPECT_TRUE(logger.hears<protocol::TroubleHealed>());
    EXPECT_TRUE(wait_until([&] {
        return logger.log("mailer.log").ends_with("hello\n") ||
               logger.log("mailer.log").find("dropped") != std::string::npos;
    }));
}

TEST(Logger, is_not_troubled_by_garbage_on_its_socket) {
    LoggerUnderTest logger;
    std::mt19937_64 random(7);
    protocol::StreamOpened stream{.name = {99}, .instance = "mailer", .job = "mailer"};
    stream.output.file = "mailer.log";
    const std::string good = protocol::encode(protocol::ToLogger(stream));
    UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (int round = 0; round < 2000; ++round) {
        std::string bytes = good;
        for (auto changes = 1 + random() % 4; changes > 0; --changes) {
            bytes[random() % bytes.size()] = static_cast<char>(random() % 255);
        }
        if (bytes[0] == 4) {
            bytes[0] = 100;  // not `finish`
        }
        logger.send_bytes(bytes, random() % 2 == 0 ? null.get() : -1);
    }
    logger.send_bytes(std::string(8000, 'x'));
    logger.send_bytes(good);              // no descriptor
    logger.send_bytes(good, null.get());  // no FIFO
    EXPECT_TRUE(logger.hears<protocol::TroubleBegan>([](const auto& trouble) {
        return trouble.text.starts_with("the output of mailer did not reach the logger");
    }));
    JobRun run = logger.begin("other");
    run.write("goes on\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("other.log") == "goes on\n"; }));
    EXPECT_EQ(logger.finish(), 0);
}

TEST(Logger, ignores_the_signals_of_a_terminal) {
    LoggerUnderTest logger;
    JobRun run = logger.begin("mailer");
    run.write("one\n");
    ASSERT_TRUE(wait_until([&] { return logger.log("mailer.log") == "one\n"; }));
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        ASSERT_EQ(::kill(logger.pid(), signal), 0);
    }
    run.write("two\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "one\ntwo\n"; }));
}

TEST(Logger, writes_what_is_there_when_the_daemon_is_gone) {
    LoggerUnderTest logger;
    ::kill(logger.pid(), SIGSTOP);
    JobRun run = logger.begin("mailer");
    run.write("one\nhalf");
    logger.close_socket();
    ::kill(logger.pid(), SIGCONT);
    EXPECT_EQ(logger.wait_for_end(), 0);
    EXPECT_EQ(logger.log("mailer.log"), "one\nhalf\n");
}

TEST(Logger, adds_no_line_end_when_a_new_logger_takes_over_in_mid_line) {
    LoggerUnderTest logger;
    std::filesystem::create_directory(logger.log_folder());
    std::ofstream(logger.log_folder() + "/mailer.log") << "half of";
    UniqueFd folder(::open(logger.path("output").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const platform::OutputName name{.generation = 50};
    auto fifo = platform::make_output_fifo(folder.get(), name, std::nullopt);
    auto spool = platform::open_output_spool(folder.get(), name);
    ASSERT_TRUE(fifo && spool);
    protocol::Output output;
    output.file = "mailer.log";
    logger.send(protocol::StreamOpened{.name = name,
                                       .instance = "mailer",
                                       .job = "mailer",
                                       .output = output,
                                       .resumed = true,
                                       .event = ""},
                fifo->read_end.get(), spool->get());
    logger.send(protocol::ResumeEnded{});
    const JobRun run{50, std::move(fifo->job_end)};
    run.write(" a line\n");
    EXPECT_TRUE(wait_until([&] { return logger.log("mailer.log") == "half of a line\n"; }));
}

std::uint64_t voluntary_switches(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        if (word == "voluntary_ctxt_switches:") {
            std::uint64_t count = 0;
            status >> count;
            return count;
        }
    }
    return 0;
}

bool is_asleep(pid_t pid) {
    return content_of("/proc/" + std::to_string(pid) + "/stat").find(") S ") != std::string::npos;
}

TEST(Logger, sleeps_while_nothing_happens_and_a_closed_output_is_open) {
    LoggerUnderTest logger;
    JobRun closed = logger.begin("closed");
    closed.write("x\n");
    closed.output.reset();
    JobRun half = logger.begin("mailer@1");
    half.write("half");
    JobRun shown = logger.begin("shown", true);
    shown.write("half");
    JobRun done = logger.begin("done");
    done.output.reset();
    logger.end(done);
    ASSERT_TRUE(logger.hears_drained(done));
    ASSERT_TRUE(wait_until([&] { return logger.log("closed.log") == "x\n"; }));
    // It settles once and for all: five looks in a row, each after the test has slept itself.
    std::uint64_t before = 0;
    int quiet = 0;
    EXPECT_TRUE(wait_until([&] {
        const std::uint64_t count = voluntary_switches(logger.pid());
        quiet = is_asleep(logger.pid()) && count == before ? quiet + 1 : 0;
        before = count;
        return quiet >= (is_long() ? 1000 : 50);
    }));
}

TEST(Logger, refuses_to_run_without_a_daemon) {
    const std::string program = RESPAWND_BINARY_DIR "/src/respawn-logger";
    EXPECT_NE(::system((program + " </dev/null 2>/dev/null").c_str()), 0);
    EXPECT_NE(::system((program + " --log-dir /tmp </dev/null 2>/dev/null").c_str()), 0);
}

}  // namespace
}  // namespace respawnd::logger
