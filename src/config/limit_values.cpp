#include "config/limit_values.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "config/printable_text.h"
#include "config/size_text.h"
#include "core/check.h"

namespace respawnd::config {
namespace {

struct LimitName {
    std::string_view name;
    int resource;
};

constexpr auto names = std::to_array<LimitName>({{"as", RLIMIT_AS},
                                                 {"core", RLIMIT_CORE},
                                                 {"cpu", RLIMIT_CPU},
                                                 {"data", RLIMIT_DATA},
                                                 {"fsize", RLIMIT_FSIZE},
                                                 {"locks", RLIMIT_LOCKS},
                                                 {"memlock", RLIMIT_MEMLOCK},
                                                 {"msgqueue", RLIMIT_MSGQUEUE},
                                                 {"nice", RLIMIT_NICE},
                                                 {"nofile", RLIMIT_NOFILE},
                                                 {"nproc", RLIMIT_NPROC},
                                                 {"rss", RLIMIT_RSS},
                                                 {"rtprio", RLIMIT_RTPRIO},
                                                 {"rttime", RLIMIT_RTTIME},
                                                 {"sigpending", RLIMIT_SIGPENDING},
                                                 {"stack", RLIMIT_STACK}});

constexpr std::uint64_t infinity = RLIM_INFINITY;

std::optional<std::uint64_t> number_of(std::string_view text) {
    if (text == "infinity") {
        return infinity;
    }
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size() || number == infinity) {
        return std::nullopt;
    }
    return number;
}

std::string hint_for(std::string_view text) {
    if (const auto number = number_of(text)) {
        return "write " + std::to_string(*number) + ", without quotes";
    }
    if (const auto bytes = read_size(text)) {
        return "write " + std::to_string(*bytes);
    }
    return text == "unlimited" || text == "inf" || text == "-1" ? R"(write "infinity")" : "";
}

struct SoftAndHard {
    std::uint64_t soft;
    std::uint64_t hard;
};

std::optional<SoftAndHard> read_text(const Value& value, std::string_view text) {
    if (text == "infinity") {
        return SoftAndHard{infinity, infinity};
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        value.refuse("must be " + std::string(value.words().range) + ", not " + in_quotes(text),
                     hint_for(text));
        return std::nullopt;
    }
    const auto soft = number_of(text.substr(0, colon));
    const auto hard = number_of(text.substr(colon + 1));
    if (!soft || !hard) {
        value.refuse_range();
        return std::nullopt;
    }
    if (*soft > *hard) {
        value.refuse("has a soft limit above its hard limit: " + in_quotes(text),
                     "the soft limit stands first: \"soft:hard\"");
        return std::nullopt;
    }
    return SoftAndHard{*soft, *hard};
}

std::optional<SoftAndHard> read_soft_and_hard(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value.node().value)) {
        if (*number < 0) {
            value.refuse(
                "must be " + std::string(value.words().range) + ", not " + std::to_string(*number),
                *number == -1 ? R"(write "infinity")" : "");
            return std::nullopt;
        }
        const auto both = static_cast<std::uint64_t>(*number);
        return SoftAndHard{both, both};
    }
    if (!value.is_string()) {
        value.refuse_type(value.words().range);
        return std::nullopt;
    }
    const auto text = value.string();
    return text ? read_text(value, *text) : std::nullopt;
}

}  // namespace

void read_limit(const Value& value, std::vector<core::ResourceLimit>& limits) {
    const auto found = std::ranges::find(names, value.words().name, &LimitName::name);
    RESPAWND_CHECK(found != names.end());
    const auto numbers = read_soft_and_hard(value);
    if (!numbers) {
        return;
    }
    core::ResourceLimit limit{.resource = found->resource,
                              .name = std::string(found->name),
                              .soft = numbers->soft,
                              .hard = numbers->hard};
    const auto place =
        std::ranges::lower_bound(limits, limit.resource, {}, &core::ResourceLimit::resource);
    if (place != limits.end() && place->resource == limit.resource) {
        *place = std::move(limit);
    } else {
        limits.insert(place, std::move(limit));
    }
}

}  // namespace respawnd::config
