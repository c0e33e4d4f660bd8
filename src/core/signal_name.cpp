#include "core/signal_name.h"

#include <array>
#include <charconv>
#include <csignal>

namespace respawnd::core {
namespace {

constexpr auto numbers =
    std::to_array<int>({SIGHUP,  SIGINT,    SIGQUIT, SIGILL,   SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,
                        SIGKILL, SIGUSR1,   SIGSEGV, SIGUSR2,  SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT,
                        SIGCHLD, SIGCONT,   SIGSTOP, SIGTSTP,  SIGTTIN, SIGTTOU, SIGURG,  SIGXCPU,
                        SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO,   SIGPWR,  SIGSYS});
constexpr auto names = std::to_array<std::string_view>(
    {"SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",  "SIGFPE",
     "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
     "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",  "SIGXCPU",
     "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"});
static_assert(numbers.size() == names.size());

// The kernel's first and last real-time signals are 32 and 64; the C library keeps two for itself,
// so that SIGRTMIN is a function call. The manual's SIGRTMIN is 34.
constexpr int first_real_time = 34;
constexpr int last_real_time = 64;

}  // namespace

std::string signal_name(int number) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (numbers[i] == number) {
            return std::string(names[i]);
        }
    }
    if (number >= first_real_time && number <= last_real_time) {
        const int offset = number - first_real_time;
        return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(offset);
    }
    return "signal " + std::to_string(number);
}

std::optional<int> signal_number(std::string_view name) {
    constexpr std::string_view prefix = "SIG";
    if (name.starts_with(prefix)) {
        name.remove_prefix(prefix.size());
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].substr(prefix.size()) == name) {
            return numbers[i];
        }
    }
    constexpr std::string_view real_time = "RTMIN";
    if (!name.starts_with(real_time)) {
        return std::nullopt;
    }
    name.remove_prefix(real_time.size());
    if (name.empty()) {
        return first_real_time;
    }
    int offset = 0;
    if (name.size() < 2 || name[0] != '+') {
        return std::nullopt;
    }
    const auto [end, problem] = std::from_chars(name.data() + 1, name.data() + name.size(), offset);
    if (problem != std::errc() || end != name.data() + name.size() || offset < 0 ||
        offset > last_real_time - first_real_time) {
        return std::nullopt;
    }
    return first_real_time + offset;
}

std::span<const std::string_view> signal_names() {
    return names;
}

}  // namespace respawnd::core
