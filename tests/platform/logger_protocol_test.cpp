#include "platform/logger_protocol.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace respawnd::platform::logger_protocol {
namespace {

Output good_output() {
    return {.target = Target::file,
            .file = "mailer.log",
            .mode = 0640,
            .group = 4,
            .max_size = 10485760,
            .keep = 5,
            .max_total = 50000000,
            .compression = Compression::zstd,
            .timestamps = true};
}

StreamOpened good_stream() {
    return {.name = {0x0123456789abcdefULL, Channel::error},
            .instance = "mailer@2",
            .job = "mailer",
            .output = good_output(),
            .resumed = true,
            .event = "respawnd: mailer@2: started"};
}

Output to_standard_output() {
    return {.target = Target::inherit};
}

std::vector<ToLogger> all_to_logger() {
    Output outside = good_output();
    outside.file = "/srv/mailer/out.log";
    return {good_stream(),
            StreamOpened{.name = {9}, .instance = "a", .job = "a", .output = to_standard_output()},
            StreamOpened{
                .name = {9}, .instance = "a", .job = "a", .output = {.target = Target::journal}},
            ResumeEnded{},
            OutputChanged{{7, Channel::output}, outside},
            RunEnded{1, "exited 3"},
            StreamForgotten{{0xfffffffffffffffeULL}},
            RotateWanted{"mailer.log"},
            RotateWanted{},
            TotalLimit{1024},
            FinishWanted{}};
}

std::vector<FromLogger> all_from_logger() {
    return {TroubleBegan{"mailer.log", "open log file \"x\": Permission denied"},
            TroubleHealed{"", ""}, StreamDrained{{77, Channel::error}}};
}

TEST(LoggerProtocol, decodes_what_it_encodes) {
    for (const ToLogger& message : all_to_logger()) {
        const auto decoded = decode_to_logger(encode(message));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*decoded, message);
    }
    for (const FromLogger& message : all_from_logger()) {
        const auto decoded = decode_from_logger(encode(message));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*decoded, message);
    }
}

TEST(LoggerProtocol, has_a_fixed_form) {
    using namespace std::string_literals;
    EXPECT_EQ(encode(ToLogger(RunEnded{0x0201, "x"})), "\x02\x01\x02\0\0\0\0\0\0\x01\0x"s);
    EXPECT_EQ(encode(ToLogger(TotalLimit{258})), "\x08\x02\x01\0\0\0\0\0\0"s);
}

TEST(LoggerProtocol, refuses_every_shorter_or_longer_message) {
    for (const ToLogger& message : all_to_logger()) {
        const std::string bytes = encode(message);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode_to_logger(bytes.substr(0, size))) << size;
        }
        EXPECT_FALSE(decode_to_logger(bytes + '\0'));
    }
    for (const FromLogger& message : all_from_logger()) {
        const std::string bytes = encode(message);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode_from_logger(bytes.substr(0, size))) << size;
        }
        EXPECT_FALSE(decode_from_logger(bytes + '\0'));
    }
}

TEST(LoggerProtocol, refuses_a_file_name_that_leaves_the_folder) {
    using namespace std::string_literals;
    for (const std::string& file : {"../x.log"s, "a/b"s, "."s, ".."s, ""s, "a\0b"s, "/srv/"s,
                                    "/srv/.."s, std::string(256, 'x')}) {
        StreamOpened message = good_stream();
        message.output.file = file;
        EXPECT_FALSE(decode_to_logger(encode(ToLogger(message)))) << file;
    }
}

TEST(LoggerProtocol, refuses_names_and_numbers_that_cannot_be) {
    for (const char* instance : {"", "a b", "a/b", "a\n", "\x1b[2J"}) {
        StreamOpened message = good_stream();
        message.instance = instance;
        EXPECT_FALSE(decode_to_logger(encode(ToLogger(message)))) << instance;
    }
    for (const std::uint64_t generation : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        StreamOpened message = good_stream();
        message.name.generation = generation;
        EXPECT_FALSE(decode_to_logger(encode(ToLogger(message))));
        EXPECT_FALSE(decode_to_logger(encode(ToLogger(RunEnded{generation, ""}))));
        EXPECT_FALSE(decode_from_logger(encode(FromLogger(StreamDrained{{generation}}))));
    }
    StreamOpened message = good_stream();
    message.output.target = static_cast<Target>(9);
    EXPECT_FALSE(decode_to_logger(encode(ToLogger(message))));
}

TEST(LoggerProtocol, cuts_long_texts_and_stays_below_its_limit) {
    const std::string long_text(5000, 'x');
    const std::string bytes = encode(FromLogger(TroubleBegan{long_text, long_text}));
    EXPECT_LE(bytes.size(), max_message);
    const auto decoded = decode_from_logger(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<TroubleBegan>(*decoded).text, std::string(max_text, 'x'));
}

TEST(LoggerProtocol, survives_garbage) {
    std::mt19937_64 random(20261129);
    const std::vector<ToLogger> samples = all_to_logger();
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = encode(samples[random() % samples.size()]);
        for (auto changes = random() % 4; changes > 0; --changes) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        const auto to_logger = decode_to_logger(bytes);
        if (to_logger) {
            EXPECT_EQ(encode(*to_logger), bytes);  // there is one form of each message
        }
        (void)decode_from_logger(bytes);  // no crash is what is asked for
    }
}

}  // namespace
}  // namespace respawnd::platform::logger_protocol
