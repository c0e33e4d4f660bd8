#include "config/log_values.h"

#include <array>
#include <utility>

#include "config/config_limits.h"
#include "config/expanded_text.h"
#include "config/printable_text.h"
#include "config/text_mistake.h"
#include "core/placeholder.h"

namespace respawnd::config {
namespace {

bool has_odd_part(std::string_view path) {
    for (std::string_view rest = path.substr(1);;) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part.empty() || part == "." || part == "..") {
            return true;
        }
        if (slash == std::string_view::npos) {
            return false;
        }
        rest.remove_prefix(slash + 1);
    }
}

std::optional<TextMistake> form_mistake(std::string_view path) {
    if (path.empty()) {
        return TextMistake{"is empty", "leave the key out for NAME.log in the log folder"};
    }
    if (path.ends_with('/') || path == "." || path == "..") {
        return TextMistake{"must end in a file's name, not " + in_quotes(path), ""};
    }
    if (!path.starts_with('/')) {
        return path.find('/') == std::string_view::npos
                   ? std::nullopt
                   : std::optional(TextMistake{
                         "must be a file's name in the log folder, or a path that begins with /, "
                         "not " +
                             in_quotes(path),
                         ""});
    }
    if (has_odd_part(path)) {
        return TextMistake{
            "must be a path without empty parts, \".\" and \"..\", not " + in_quotes(path), ""};
    }
    return std::nullopt;
}

bool is_too_long(std::string_view path, std::string_view job) {
    // No instance has a longer number, and so none a longer path.
    constexpr std::uint32_t longest_number = 1'000'000;
    const auto longest = core::expand(path, {.job = std::string(job), .number = longest_number});
    return longest->size() > longest_log_path ||
           longest->size() - (longest->rfind('/') + 1) > longest_log_name;
}

}  // namespace

void read_log_target(const Value& value, JobDraft& draft) {
    constexpr auto words = std::to_array<std::string_view>({"file", "journal", "inherit", "none"});
    constexpr auto targets =
        std::to_array<core::LogTarget>({core::LogTarget::file, core::LogTarget::journal,
                                        core::LogTarget::inherit, core::LogTarget::none});
    if (const auto place = value.one_of(words)) {
        draft.definition.log.target = targets.at(*place);
        draft.settle_output();
    }
}

void read_log_stderr(const Value& value, JobDraft& draft) {
    constexpr auto words = std::to_array<std::string_view>({"merged", "separate"});
    if (const auto place = value.one_of(words)) {
        draft.wants_separate_stderr = *place == 1;
        draft.settle_output();
    }
}

void read_log_compress(const Value& value, JobDraft& draft) {
    constexpr auto words = std::to_array<std::string_view>({"zstd", "none"});
    if (const auto place = value.one_of(words)) {
        draft.definition.log.compress =
            *place == 0 ? core::LogCompression::zstd : core::LogCompression::none;
    }
}

std::optional<std::string> read_log_path(const Value& value, std::string_view job) {
    auto path = value.string();
    const auto full = path ? expanded(value, *path, job) : std::nullopt;
    if (!full) {
        return std::nullopt;
    }
    if (auto mistake = form_mistake(*full)) {
        value.refuse(*std::move(mistake));
        return std::nullopt;
    }
    if (is_too_long(*path, job)) {
        value.refuse("is too long for the path of a log");
        return std::nullopt;
    }
    return path;
}

std::optional<std::uint32_t> read_log_mode(const Value& value) {
    const auto mode = value.mode();
    constexpr std::uint32_t owner_may_write = 0200;
    if (mode && (*mode & owner_may_write) == 0) {
        value.refuse("must let the owner write, unlike " +
                         in_quotes(std::get<std::string>(value.node().value)),
                     R"(write for example "0640")");
        return std::nullopt;
    }
    return mode;
}

std::optional<std::uint64_t> read_log_size(const Value& value) {
    return value.size_or_infinity(least_log_size, most_log_size);
}

}  // namespace respawnd::config
