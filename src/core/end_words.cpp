#include "core/end_words.h"

namespace respawnd::core {
namespace {

std::string plural(std::uint64_t count, const char* noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string limit_words(const RestartSettings& settings) {
    return plural(settings.limit, "restart") + " after failures within " +
           in_words(settings.window) + (settings.limit == 1 ? " is" : " are") + " the limit";
}

std::string until_words(const RestartSettings& settings) {
    return settings.retry_after ? "; trying anew in " + in_words(*settings.retry_after)
                                : "; it stays down until its file changes";
}

}  // namespace

std::string consequence_words(const JobDefinition& definition, const AfterEnd& decision) {
    const RestartSettings& settings = definition.restart;
    switch (decision.kind) {
        case AfterEnd::Kind::restart:
            return decision.wait == Duration{0} ? "; starting again at once"
                                                : "; starting again in " + in_words(decision.wait);
        case AfterEnd::Kind::finish:
            return settings.policy == RestartPolicy::never
                       ? R"(; policy "never" leaves that alone)"
                       : R"(; policy "on-failure" leaves that alone (policy = "always" restarts it))";
        case AfterEnd::Kind::leave_failed:
            return R"(; policy "never" leaves that alone)" + until_words(settings);
        case AfterEnd::Kind::give_up_limit:
            return "; giving up: " + limit_words(settings) + until_words(settings);
        case AfterEnd::Kind::give_up_fatal:
            return R"(; giving up: "fatal" lists that)" + until_words(settings);
    }
    return {};
}

std::string give_up_words(std::string_view end, const JobDefinition& definition,
                          const AfterEnd& decision) {
    const std::string ended(end);
    switch (decision.kind) {
        case AfterEnd::Kind::restart:
        case AfterEnd::Kind::finish:
            return {};
        case AfterEnd::Kind::leave_failed:
            return ended + R"(; policy "never" leaves that alone)";
        case AfterEnd::Kind::give_up_limit:
            return ended + "; " + limit_words(definition.restart);
        case AfterEnd::Kind::give_up_fatal:
            return ended + R"(, which "fatal" lists)";
    }
    return {};
}

std::string left_behind_words(const LeftBehind& rest) {
    const std::string one = "pid " + std::to_string(rest.pid) + ", " + rest.title;
    return rest.count == 1 ? "; first stopping the process that it left behind (" + one + ")"
                           : "; first stopping the " + std::to_string(rest.count) +
                                 " processes that it left behind (" + one + ", ...)";
}

std::string forked_itself_words(const LeftBehind& rest) {
    return "forked itself into the background (pid " + std::to_string(rest.pid) + ", " +
           rest.title +
           "); run it in the foreground (look for an option such as --foreground or --no-daemon); "
           "what it left is being stopped, and it stays down until its file changes";
}

}  // namespace respawnd::core
