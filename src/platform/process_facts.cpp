#include "platform/process_facts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "platform/unique_fd.h"

namespace respawnd::platform {
namespace {

constexpr std::size_t stat_limit = 4096;
constexpr std::size_t command_line_limit = 4096;
constexpr std::size_t environment_limit = 256UL * 1024;
constexpr std::size_t title_limit = 80;
constexpr std::string_view generation_name = "RESPAWND_GENERATION=";

std::string path_of(pid_t pid, std::string_view file) {
    return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

std::string start_of_file(const std::string& path, std::size_t limit) {
    std::string text;
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return text;
    }
    text.resize(limit);
    std::size_t size = 0;
    while (size < limit) {
        const ssize_t got = ::read(file.get(), text.data() + size, limit - size);
        if (got <= 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
}

std::string link_target(const std::string& path) {
    std::string target(4096, '\0');
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return target;
}

/// ASCII only: a title may be cut anywhere and may come in any encoding, or in none.
std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        result += c == '\0' ? ' ' : byte < 0x20 || byte >= 0x7f ? '?' : c;
    }
    return result;
}

std::string title_of(const std::string& command_line, const std::string& name) {
    std::string title = printable(command_line);
    title.erase(title.find_last_not_of(' ') + 1);
    if (title.empty()) {
        return "[" + name + "]";
    }
    if (title.size() > title_limit) {
        title.resize(title_limit - 3);
        title += "...";
    }
    return title;
}

std::optional<std::string> generation_in(std::string_view environment) {
    while (!environment.empty()) {
        const std::string_view variable = environment.substr(0, environment.find('\0'));
        if (variable.starts_with(generation_name)) {
            return std::string(variable.substr(generation_name.size()));
        }
        environment.remove_prefix(std::min(variable.size() + 1, environment.size()));
    }
    return std::nullopt;
}

/// Takes the next word of a line of numbers.
template <class Number>
bool take(std::string_view& text, Number& number) {
    const std::string_view word = text.substr(0, text.find(' '));
    const bool good =
        std::from_chars(word.data(), word.data() + word.size(), number).ec == std::errc{};
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return good;
}

void skip(std::string_view& text, int words) {
    for (int i = 0; i < words; ++i) {
        text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
        if (text.empty()) {
            return;
        }
    }
}

}  // namespace

std::optional<ProcessStat> process_stat(pid_t pid) {
    const std::string line = start_of_file(path_of(pid, "stat"), stat_limit);
    // The name in brackets may hold brackets and blanks itself: the last bracket ends it.
    const std::size_t open = line.find('(');
    const std::size_t close = line.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 2 >= line.size() ||
        close < open) {
        return std::nullopt;
    }
    ProcessStat stat;
    stat.pid = pid;
    stat.name = printable(std::string_view(line).substr(open + 1, close - open - 1));
    std::string_view rest = std::string_view(line).substr(close + 2);
    stat.state = rest.front();
    skip(rest, 1);
    if (!take(rest, stat.parent) || !take(rest, stat.group) || !take(rest, stat.session)) {
        return std::nullopt;
    }
    skip(rest, 15);  // from tty_nr, the 7th field of proc(5), to itrealvalue, the 21st
    if (!take(rest, stat.start_ticks)) {
        return std::nullopt;
    }
    return stat;
}

std::optional<ProcessFacts> process_facts(pid_t pid) {
    const auto stat = process_stat(pid);
    if (!stat) {
        return std::nullopt;
    }
    ProcessFacts facts;
    facts.stat = *stat;
    struct stat folder{};
    if (::stat(path_of(pid, "stat").c_str(), &folder) == 0) {
        facts.uid = folder.st_uid;
    }
    facts.command_line = start_of_file(path_of(pid, "cmdline"), command_line_limit);
    facts.title = title_of(facts.command_line, stat->name);
    facts.executable = link_target(path_of(pid, "exe"));
    facts.generation = generation_in(start_of_file(path_of(pid, "environ"), environment_limit));
    facts.output = link_target(path_of(pid, "fd/1"));
    facts.error = link_target(path_of(pid, "fd/2"));
    return facts;
}

std::uint64_t timer_slack_of(pid_t pid) {
    constexpr std::size_t longest = 32;
    const std::string text = start_of_file(path_of(pid, "timerslack_ns"), longest);
    std::uint64_t slack = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), slack);
    return slack;
}

}  // namespace respawnd::platform
