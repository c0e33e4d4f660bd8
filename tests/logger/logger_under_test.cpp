#include "logger/logger_under_test.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "platform/logger_socket.h"
#include "platform/output_fifo.h"

namespace respawnd::logger {

namespace protocol = platform::logger_protocol;
using platform::UniqueFd;

bool wait_until(const std::function<bool()>& holds) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > give_up) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

void JobRun::write(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t size = ::write(output.get(), text.data(), text.size());
        ASSERT_GT(size, 0);
        text.remove_prefix(static_cast<std::size_t>(size));
    }
}

LoggerUnderTest::LoggerUnderTest(Options options) {
    std::string name = testing::TempDir() + "logger_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    std::filesystem::create_directory(path("output"));
    fifo_folder_ = UniqueFd(::open(path("output").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    log_folder_ = options.log_folder.empty() ? path("log") : options.log_folder;
    start(options);
}

bool LoggerUnderTest::prepare_child(const Options& options) const {
    const rlimit file_size{options.file_size_limit, RLIM_INFINITY};
    if (options.file_size_limit != 0 && ::setrlimit(RLIMIT_FSIZE, &file_size) != 0) {
        return false;
    }
    if (options.small_disk && (::unshare(CLONE_NEWNS) != 0 ||
                               ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                               ::mkdir(log_folder_.c_str(), 0755) != 0 ||
                               ::mount("none", log_folder_.c_str(), "tmpfs", 0, "size=1m") != 0)) {
        return false;
    }
    return options.user == 0 || ::setresuid(options.user, options.user, options.user) == 0;
}

void LoggerUnderTest::start(const Options& options) {
    auto sockets = platform::make_logger_sockets();
    ASSERT_TRUE(sockets);
    socket_ = std::move(sockets->first);
    UniqueFd output;
    if (options.output < 0) {
        output = UniqueFd(
            ::open(path("stdout").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    }
    const int standard_output = output ? output.get() : options.output;
    const std::string program = RESPAWND_BINARY_DIR "/src/respawn-logger";
    pid_ = ::fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
        // Away from the numbers that they are to be copied to, which dup2 also makes inheritable.
        const int far_socket = ::fcntl(sockets->second.get(), F_DUPFD_CLOEXEC, 10);
        const int far_output = ::fcntl(standard_output, F_DUPFD_CLOEXEC, 10);
        if (::dup2(far_output, STDOUT_FILENO) < 0 ||
            ::dup2(far_socket, protocol::control_descriptor) < 0 || !prepare_child(options)) {
            ::_exit(126);
        }
        ::execl(program.c_str(), "respawn-logger", "--log-dir", log_folder_.c_str(), nullptr);
        ::_exit(127);
    }
}

LoggerUnderTest::~LoggerUnderTest() {
    if (pid_ > 0) {
        (void)::kill(pid_, SIGKILL);
        (void)::waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

JobRun LoggerUnderTest::begin(const std::string& instance, bool inherit) {
    protocol::Output output;
    if (inherit) {
        output.target = protocol::Target::inherit;
    } else {
        output.file = instance.substr(0, instance.find('@')) + ".log";
    }
    return begin_to(instance, std::move(output));
}

JobRun LoggerUnderTest::begin_to(const std::string& instance, protocol::Output output,
                                 const std::string& event) {
    const platform::OutputName name{.generation = next_generation_++};
    auto fifo = platform::make_output_fifo(fifo_folder_.get(), name, std::nullopt);
    EXPECT_TRUE(fifo);
    auto spool = platform::open_output_spool(fifo_folder_.get(), name);
    EXPECT_TRUE(spool);
    send(protocol::StreamOpened{.name = name,
                                .instance = instance,
                                .job = instance.substr(0, instance.find('@')),
                                .output = std::move(output),
                                .event = event},
         fifo->read_end.get(), spool->get());
    return JobRun{name.generation, std::move(fifo->job_end)};
}

void LoggerUnderTest::end(const JobRun& run, const std::string& event) {
    send(protocol::RunEnded{run.generation, event});
}

void LoggerUnderTest::send(const protocol::ToLogger& message, int attached, int second) {
    send_bytes(protocol::encode(message), attached, second);
}

void LoggerUnderTest::send_bytes(std::string_view bytes, int attached, int second) {
    ASSERT_TRUE(wait_until([&] {
        receive();
        return platform::send_datagram(socket_.get(), bytes, attached, second).value_or(true);
    }));
}

int LoggerUnderTest::finish() {
    send(protocol::FinishWanted{});
    return wait_for_end();
}

int LoggerUnderTest::wait_for_end() {
    int status = -1;
    EXPECT_TRUE(wait_until([&] {
        receive();
        return ::waitpid(pid_, &status, WNOHANG) == pid_;
    }));
    receive();
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void LoggerUnderTest::receive() {
    while (socket_) {
        auto received = platform::receive_datagram(socket_.get());
        if (!received || !*received || (*received)->bytes.empty()) {
            return;
        }
        auto message = protocol::decode_from_logger((*received)->bytes);
        ASSERT_TRUE(message);
        heard_.push_back(std::move(*message));
    }
}

bool LoggerUnderTest::hears_drained(const JobRun& run) {
    return hears<protocol::StreamDrained>(
        [&](const auto& message) { return message.name.generation == run.generation; });
}

std::string LoggerUnderTest::log(const std::string& name) const {
    return content_of(log_folder_ + "/" + name);
}

std::string LoggerUnderTest::standard_output() const {
    return content_of(path("stdout"));
}

}  // namespace respawnd::logger
