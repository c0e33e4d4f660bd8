#include "platform/start_lookup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/environment_file.h"
#include "platform/quoted.h"
#include "platform/user_lookup.h"

namespace respawnd::platform {
namespace {

/// The whole of a regular file; nothing if it is missing and may be.
core::Result<std::optional<std::string>> content_of(const core::EnvironmentFile& file) {
    const std::string tried = "read environment file " + quoted(file.path);
    // O_NONBLOCK: a FIFO without a writer must not hold us up before it is refused.
    const UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        if (errno == ENOENT && file.may_be_missing) {
            return std::optional<std::string>();
        }
        return core::system_error(tried);
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) {
        return core::system_error(tried);
    }
    if (!S_ISREG(status.st_mode)) {
        return core::failure(tried + ": it is not a regular file");
    }
    std::string text(core::longest_environment_file + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
        if (got < 0) {
            return core::system_error(tried);
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    if (size > core::longest_environment_file) {
        return core::failure(tried + ": it is longer than 1 MiB");
    }
    text.resize(size);
    return std::optional(std::move(text));
}

core::Result<void> add_file(const core::EnvironmentFile& file,
                            std::map<std::string, std::string>& environment) {
    const auto text = content_of(file);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (!*text) {
        return {};
    }
    core::EnvironmentFileContent content = core::parse_environment_file(**text);
    if (!content.mistakes.empty()) {
        const core::EnvironmentFileMistake& first = content.mistakes.front();
        const std::size_t more = content.mistakes.size() - 1;
        return core::failure("environment file " + quoted(file.path) + ", line " +
                             std::to_string(first.line) + ": " + first.message +
                             (more == 0 ? "" : " (and " + std::to_string(more) + " more)"));
    }
    for (auto& [name, value] : content.variables) {
        environment[name] = std::move(value);
    }
    return {};
}

// The answer on its way through the pipe: a word that tells success, then texts and numbers, each
// with its length in front.

void put(std::string& to, std::string_view text) {
    const std::uint64_t size = text.size();
    to.append(reinterpret_cast<const char*>(&size), sizeof size);
    to.append(text);
}

void put(std::string& to, std::uint64_t number) {
    put(to, std::to_string(number));
}

class Fields {
  public:
    explicit Fields(std::string_view text) : text_(text) {}
    bool take(std::string& to) {
        std::uint64_t size = 0;
        if (text_.size() < sizeof size) {
            return false;
        }
        std::memcpy(&size, text_.data(), sizeof size);
        text_.remove_prefix(sizeof size);
        if (size > text_.size()) {
            return false;
        }
        to = text_.substr(0, size);
        text_.remove_prefix(size);
        return true;
    }
    template <class Number>
    bool take_number(Number& to) {
        std::string text;
        return take(text) &&
               std::from_chars(text.data(), text.data() + text.size(), to).ec == std::errc{};
    }

  private:
    std::string_view text_;
};

std::string packed(const core::Result<StartLookupAnswer>& answer) {
    std::string text;
    put(text, std::uint64_t{answer.has_value()});
    if (!answer) {
        put(text, answer.error().tried);
        put(text, static_cast<std::uint64_t>(answer.error().number));
        return text;
    }
    const Identity& identity = answer->identity;
    put(text, identity.uid);
    put(text, identity.gid);
    put(text, identity.user_name);
    put(text, identity.home);
    put(text, identity.shell);
    put(text, identity.groups.size());
    for (const gid_t group : identity.groups) {
        put(text, group);
    }
    put(text, answer->environment.size());
    for (const auto& [name, value] : answer->environment) {
        put(text, name);
        put(text, value);
    }
    put(text, std::uint64_t{answer->log_group.has_value()});
    put(text, answer->log_group.value_or(0));
    return text;
}

bool unpack(Fields& fields, StartLookupAnswer& answer) {
    Identity& identity = answer.identity;
    std::size_t groups = 0;
    if (!fields.take_number(identity.uid) || !fields.take_number(identity.gid) ||
        !fields.take(identity.user_name) || !fields.take(identity.home) ||
        !fields.take(identity.shell) || !fields.take_number(groups)) {
        return false;
    }
    for (std::size_t i = 0; i < groups; ++i) {
        gid_t group = 0;
        if (!fields.take_number(group)) {
            return false;
        }
        identity.groups.push_back(group);
    }
    std::size_t variables = 0;
    if (!fields.take_number(variables)) {
        return false;
    }
    for (std::size_t i = 0; i < variables; ++i) {
        std::string name;
        if (!fields.take(name) || !fields.take(answer.environment[name])) {
            return false;
        }
    }
    int has_log_group = 0;
    gid_t log_group = 0;
    if (!fields.take_number(has_log_group) || !fields.take_number(log_group)) {
        return false;
    }
    if (has_log_group == 1) {
        answer.log_group = log_group;
    }
    return true;
}

core::Result<StartLookupAnswer> unpacked(std::string_view text) {
    Fields fields(text);
    int success = 0;
    StartLookupAnswer answer;
    core::Error error;
    if (fields.take_number(success)) {
        if (success == 1 && unpack(fields, answer)) {
            return answer;
        }
        if (success == 0 && fields.take(error.tried) && fields.take_number(error.number)) {
            return std::unexpected(std::move(error));
        }
    }
    return core::failure("the helper process gave an answer that makes no sense");
}

}  // namespace

core::Result<StartLookupAnswer> look_up(const StartLookupRequest& request) {
    StartLookupAnswer answer;
    auto identity = find_identity({request.user, request.group, request.supplementary_groups});
    if (!identity) {
        return std::unexpected(identity.error());
    }
    answer.identity = std::move(*identity);
    if (request.log_group) {
        const auto group = find_group(*request.log_group);
        if (!group) {
            return core::failure("log.group: " + group.error().text());
        }
        answer.log_group = *group;
    }
    for (const core::EnvironmentFile& file : request.environment_files) {
        if (auto added = add_file(file, answer.environment); !added) {
            return std::unexpected(added.error());
        }
    }
    return answer;
}

core::Result<StartLookup> start_lookup(StartLookupRequest request) {
    auto helper = start_helper([request = std::move(request)] { return packed(look_up(request)); });
    if (!helper) {
        return std::unexpected(helper.error());
    }
    return StartLookup(std::move(*helper));
}

std::optional<core::Result<StartLookupAnswer>> StartLookup::read() {
    auto text = helper_.read();
    if (!text) {
        return std::nullopt;
    }
    if (!*text) {
        return std::unexpected(text->error());
    }
    return unpacked(**text);
}

}  // namespace respawnd::platform
