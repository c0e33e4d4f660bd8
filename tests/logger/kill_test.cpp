// SIGKILL in place of every single call that respawn-logger makes while it takes, writes, rotates
// and compresses numbered lines: with the logger that comes next, each line stands once and in
// order.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "logger/counted_logger.h"
#include "logger/kept_log.h"
#include "logger/line_stamp.h"
#include "platform/logger_protocol.h"
#include "platform/logger_socket.h"
#include "platform/output_fifo.h"

namespace respawnd::logger {
namespace {

namespace protocol = platform::logger_protocol;
using platform::OutputName;
using platform::UniqueFd;

struct Case {
    std::string name;
    protocol::Output rules;
    std::vector<std::size_t> pieces;  ///< what each instance writes at a time
    int instances = 1;
    bool whole_lines = false;   ///< each piece ends with a line
    bool killed_again = false;  ///< the second logger is killed too
};

std::string padded(int number) {
    std::string digits = std::to_string(number);
    return digits.insert(0, 6 - digits.size(), '0');
}

/// Numbered lines of different lengths, `size` bytes or a little more.
std::string numbered_lines(std::size_t size, int instance) {
    std::string text;
    for (int number = 1; text.size() < size; ++number) {
        text += "instance " + std::to_string(instance) + " line " + padded(number) + " " +
                std::string(static_cast<std::size_t>(number * 7 % 90), 'x') + "\n";
    }
    return text;
}

/// The jobs, their FIFOs and the log folder: what outlives a logger.
class World {
  public:
    explicit World(const Case& one) : case_(one) {
        std::string name = testing::TempDir() + "kill_XXXXXX";
        folder_ = ::mkdtemp(name.data());
        std::filesystem::create_directory(folder_ + "/output");
        fifo_folder_ =
            UniqueFd(::open((folder_ + "/output").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        std::size_t size = 0;
        for (const std::size_t piece : case_.pieces) {
            size += piece;
        }
        for (int instance = 1; instance <= case_.instances; ++instance) {
            const OutputName output{.generation = static_cast<std::uint64_t>(instance)};
            auto fifo = platform::make_output_fifo(fifo_folder_.get(), output, std::nullopt);
            EXPECT_TRUE(fifo);
            writers_.push_back({output, std::move(fifo->job_end), numbered_lines(size, instance)});
        }
        write_next_piece();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// One logger from its start to its end, by itself or by SIGKILL.
    CountedLogger::Run run_logger(std::size_t kill_at, bool is_resumed) {
        auto sockets = platform::make_logger_sockets();
        EXPECT_TRUE(sockets);
        const int control = sockets->first.get();
        for (const Writer& writer : writers_) {
            const std::string job = "job";
            const std::string instance =
                case_.instances == 1 ? job : job + "@" + std::to_string(writer.output.generation);
            auto fifo = platform::open_output_fifo(fifo_folder_.get(), writer.output);
            auto spool = platform::open_output_spool(fifo_folder_.get(), writer.output);
            EXPECT_TRUE(fifo && spool);
            const protocol::StreamOpened opened{.name = writer.output,
                                                .instance = instance,
                                                .job = job,
                                                .output = case_.rules,
                                                .resumed = is_resumed,
                                                .event = ""};
            EXPECT_TRUE(platform::send_datagram(control, protocol::encode(opened), fifo->get(),
                                                spool->get()));
        }
        EXPECT_TRUE(platform::send_datagram(control, protocol::encode(protocol::ResumeEnded{})));
        CountedLogger logger(log_folder(), sockets->second.get());
        sockets->second.reset();
        bool has_finished = false;
        return logger.run(
            kill_at, [this] { return bytes_in_fifos() != 0; },
            [&] {
                if (has_finished || !all_is_written()) {
                    return;
                }
                if (next_piece_ < case_.pieces.size()) {
                    write_next_piece();
                } else {
                    has_finished = true;
                    (void)platform::send_datagram(control,
                                                  protocol::encode(protocol::FinishWanted{}));
                }
            });
    }

    /// Empty: every line of every instance is there, once and in order.
    [[nodiscard]] std::string fault() const {
        std::vector<std::string> found(writers_.size());
        std::istringstream text(tests::kept_log(log_folder() + "/job.log"));
        for (std::string line; std::getline(text, line);) {
            if (case_.rules.timestamps) {
                if (line.size() <= stamp_size || line[10] != 'T' || line[stamp_size - 1] != ' ') {
                    return "no time in front of: " + line;
                }
                line.erase(0, stamp_size);
            }
            const auto digit = std::string("instance ").size();
            const auto instance =
                static_cast<std::size_t>(line.size() > digit ? line[digit] - '1' : -1);
            if (instance >= found.size()) {
                return "torn: " + line;
            }
            found[instance] += line + "\n";
        }
        for (std::size_t index = 0; index < found.size(); ++index) {
            const std::string& wanted = writers_[index].text;
            if (found[index] != wanted) {
                const auto [at, other] = std::ranges::mismatch(found[index], wanted);
                return std::to_string(found[index].size()) + " bytes in place of " +
                       std::to_string(wanted.size()) + ", different from byte " +
                       std::to_string(at - found[index].begin()) +
                       " on: " + std::string(at, found[index].end()).substr(0, 200);
            }
        }
        return "";
    }

    [[nodiscard]] std::size_t rotated_files() const {
        return static_cast<std::size_t>(
                   std::distance(std::filesystem::directory_iterator(log_folder()), {})) -
               1;
    }

  private:
    struct Writer {
        OutputName output;
        UniqueFd end;
        std::string text;
        std::size_t written = 0;
    };

    [[nodiscard]] std::string log_folder() const { return folder_ + "/log"; }

    void write_next_piece() {
        const bool is_last = next_piece_ + 1 == case_.pieces.size();
        for (Writer& writer : writers_) {
            std::size_t size = writer.text.size() - writer.written;
            if (!is_last) {
                size = case_.pieces[next_piece_];
                if (case_.whole_lines) {
                    size = writer.text.find('\n', writer.written + size) + 1 - writer.written;
                }
            }
            EXPECT_EQ(::write(writer.end.get(), writer.text.data() + writer.written, size),
                      static_cast<ssize_t>(size));
            writer.written += size;
        }
        ++next_piece_;
    }

    [[nodiscard]] int bytes_in_fifos() const {
        int all = 0;
        for (const Writer& writer : writers_) {
            int bytes = 0;
            (void)::ioctl(writer.end.get(), FIONREAD, &bytes);
            all += bytes;
        }
        return all;
    }

    /// FIFOs and spools are empty, and what is to be compressed has been.
    [[nodiscard]] bool all_is_written() const {
        if (bytes_in_fifos() != 0) {
            return false;
        }
        for (const Writer& writer : writers_) {
            struct stat status{};
            const std::string spool = folder_ + "/output/" + platform::spool_name(writer.output);
            if (::stat(spool.c_str(), &status) != 0 || status.st_size != 0) {
                return false;
            }
        }
        if (case_.rules.compression == protocol::Compression::none) {
            return true;
        }
        for (const auto& entry : std::filesystem::directory_iterator(log_folder())) {
            const std::string name = entry.path().filename();
            if (!name.ends_with(".zst") && name != "job.log" && name != "job.log.1") {
                return false;
            }
        }
        return true;
    }

    const Case& case_;
    std::string folder_;
    UniqueFd fifo_folder_;
    std::vector<Writer> writers_;
    std::size_t next_piece_ = 0;
};

class Kill : public testing::TestWithParam<Case> {
  protected:
    void SetUp() override {
        if (const std::string problem = CountedLogger::problem(); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }

    /// The fewest of three: once a second, and so in a run that takes long, a look at the name of
    /// the file comes on top.
    [[nodiscard]] std::size_t traced_calls() const {
        std::size_t fewest = 0;
        for (int i = 0; i < 3; ++i) {
            World world(GetParam());
            const CountedLogger::Run run = world.run_logger(0, false);
            EXPECT_EQ(run.exit_code, 0);
            EXPECT_EQ(world.fault(), "");
            EXPECT_EQ(world.rotated_files() >= 3, GetParam().rules.max_size != protocol::no_limit);
            fewest = fewest == 0 ? run.calls : std::min(fewest, run.calls);
        }
        return fewest;
    }

    /// The last calls of a run come a little sooner or later, so that one can end before it.
    [[nodiscard]] static bool is_killed_at(std::size_t call, std::optional<World>& world) {
        constexpr int often = 20;
        for (int i = 0; i < often; ++i) {
            world.emplace(GetParam());
            if (world->run_logger(call, false).was_killed) {
                return true;
            }
        }
        return false;
    }
};

TEST_P(Kill, at_any_call_loses_doubles_and_tears_no_line) {
    const std::size_t traced = traced_calls();
    ASSERT_GT(traced, 10U);
    constexpr std::size_t few = 10;
    const std::size_t step = std::getenv("RESPAWND_ALL") != nullptr ? 1 : traced / few + 1;
    std::size_t tried = 0;
    for (std::size_t at = 1; at <= traced; at += step, ++tried) {
        std::optional<World> killed;
        ASSERT_TRUE(is_killed_at(at, killed)) << "at call " << at;
        World& world = *killed;
        if (GetParam().killed_again) {
            constexpr std::size_t beginning = 40;  // the calls with which a logger takes up
            (void)world.run_logger(at % beginning + 1, true);
        }
        ASSERT_EQ(world.run_logger(0, true).exit_code, 0) << "after call " << at;
        ASSERT_EQ(world.fault(), "") << "killed at call " << at << " of " << traced;
    }
    (void)std::printf("%s: %zu calls traced, killed at %zu of them\n", GetParam().name.c_str(),
                      traced, tried);
    EXPECT_EQ(tried, (traced + step - 1) / step);
}

protocol::Output rules(std::uint64_t max_size, bool timestamps,
                       protocol::Compression compression = protocol::Compression::none) {
    protocol::Output output;
    output.file = "job.log";
    output.max_size = max_size;
    output.keep = 20;
    output.timestamps = timestamps;
    output.compression = compression;
    return output;
}

// A first piece that is more than one system call moves, then some that are less.
const std::vector<std::size_t> large_and_small{40'000, 3'000, 3'001, 3'002, 3'003};
// Not more than one rotation each, so that compressions and rotations follow each other.
const std::vector<std::size_t> small{3'000, 3'000, 3'000, 3'000, 3'000, 3'000, 3'000, 3'000};

INSTANTIATE_TEST_SUITE_P(
    Logger, Kill,
    testing::Values(
        Case{.name = "batches",
             .rules = rules(protocol::no_limit, false),
             .pieces = large_and_small},
        Case{.name = "batches_with_timestamps",
             .rules = rules(protocol::no_limit, true),
             .pieces = large_and_small,
             .whole_lines = true},
        Case{.name = "rotation", .rules = rules(12'000, false), .pieces = large_and_small},
        Case{.name = "rotation_with_timestamps",
             .rules = rules(12'000, true),
             .pieces = large_and_small,
             .whole_lines = true},
        Case{.name = "rotation_and_compression",
             .rules = rules(5'000, false, protocol::Compression::zstd),
             .pieces = small},
        Case{.name = "rotation_of_a_file_of_two_instances",
             .rules = rules(12'000, false),
             .pieces = large_and_small,
             .instances = 2,
             .whole_lines = true},
        Case{.name = "rotation_and_again_when_taking_up",
             .rules = rules(12'000, false),
             .pieces = large_and_small,
             .killed_again = true},
        Case{.name = "rotation_with_timestamps_and_again_when_taking_up",
             .rules = rules(12'000, true),
             .pieces = large_and_small,
             .whole_lines = true,
             .killed_again = true}),
    [](const testing::TestParamInfo<Case>& one) { return one.param.name; });

}  // namespace
}  // namespace respawnd::logger
