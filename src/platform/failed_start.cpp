#include "platform/failed_start.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

#include "core/capability_name.h"
#include "platform/quoted.h"

namespace respawnd::platform {
namespace {

// The kernel's MAX_ARG_STRLEN with pages of 4 KiB, the null byte included.
constexpr std::size_t longest_word_allowed = 131072;

std::string message(int error) {
    return std::generic_category().message(error);
}

std::string user_words(const ChildPlan& plan) {
    const auto& identity = plan.request().identity;
    return identity ? "user " + quoted(identity->user_name) : "the user";
}

std::string limit_words(const core::ResourceLimit& limit) {
    const auto number = [](std::uint64_t value) {
        return value == RLIM_INFINITY ? std::string("infinity") : std::to_string(value);
    };
    return limit.name + " to " + number(limit.soft) + ":" + number(limit.hard);
}

/// What the child was about, with the part that `index` tells.
std::string tried(SetupStep step, std::size_t index, const ChildPlan& plan) {
    const ChildRequest& request = plan.request();
    switch (step) {
        case SetupStep::begin:
            return "set up the process";
        case SetupStep::dispositions:
            return "reset the handling of signals";
        case SetupStep::session:
            return "start a session";
        case SetupStep::descriptors:
            return "set up standard input and output";
        case SetupStep::limits:
            return index < plan.limits().size() ? "set limit " + limit_words(plan.limits()[index])
                                                : "set limits";
        case SetupStep::oom_score_adj:
            return "set oom_score_adj to " + std::to_string(request.oom_score_adj.value_or(0));
        case SetupStep::nice:
            return "set nice to " + std::to_string(request.nice.value_or(0));
        case SetupStep::timer_slack:
            return "set the timer slack";
        case SetupStep::groups:
            return "take the supplementary groups of " + user_words(plan);
        case SetupStep::group:
            return "take group " + std::to_string(plan.setup().gid);
        case SetupStep::bounding_set:
            return "take " + core::capability_name(static_cast<int>(index)) +
                   " out of the bounding set";
        case SetupStep::keep_capabilities:
            return "keep capabilities";
        case SetupStep::user:
            return "become " + user_words(plan);
        case SetupStep::verify:
            return "check that privileges are dropped to " + user_words(plan);
        case SetupStep::capabilities:
            return "set capabilities";
        case SetupStep::ambient_set:
            return "set the ambient capabilities";
        case SetupStep::no_new_privileges:
            return "set no_new_privileges";
        case SetupStep::umask:
            return "set the umask";
        case SetupStep::directory:
            return "enter directory " + quoted(request.directory);
        case SetupStep::mask:
            return "empty the signal mask";
        case SetupStep::exec:
            return "run " + quoted(index < plan.candidates().size() ? plan.candidates()[index]
                                                                    : request.command.front());
        case SetupStep::count:
            break;
    }
    return "start";
}

std::string too_big(const ChildPlan& plan) {
    std::size_t longest = 0;
    std::size_t sum = 0;
    for (const auto* texts : {&plan.request().command, &plan.request().environment}) {
        for (const std::string& text : *texts) {
            longest = std::max(longest, text.size() + 1);
            sum += text.size() + 1 + sizeof(char*);
        }
    }
    if (longest > longest_word_allowed) {
        return "a single word or variable has " + std::to_string(longest - 1) +
               " bytes, the kernel takes " + std::to_string(longest_word_allowed - 1);
    }
    return "command and environment have " + std::to_string(sum) +
           " bytes together, the kernel takes a quarter of the stack limit";
}

/// What the errno alone tells about a program that exec refused.
std::string why_not_run(int error, const ChildPlan& plan) {
    switch (error) {
        case E2BIG:
            return too_big(plan);
        case EAGAIN:
            return user_words(plan) + " already has as many processes as its limit nproc allows";
        case ETXTBSY:
            return "somebody has the file open for writing";
        case ELOOP:
            return "too many symbolic links, or scripts that name each other in \"#!\"";
        default:
            return "";
    }
}

std::string why_no_limit(std::size_t index, const ChildPlan& plan) {
    rlimit own{};
    if (index >= plan.limits().size() ||
        ::getrlimit(static_cast<__rlimit_resource>(plan.limits()[index].resource), &own) != 0) {
        return "";
    }
    const core::ResourceLimit& limit = plan.limits()[index];
    if (limit.name == "nofile" && limit.hard > own.rlim_max && ::geteuid() == 0) {
        return "more than fs.nr_open allows";
    }
    return "respawnd may not go beyond its own hard limit, which is " +
           (own.rlim_max == RLIM_INFINITY ? "infinity" : std::to_string(own.rlim_max));
}

/// Findings that are said in brackets behind the errno.
std::string remark(const FailedStart& failed, std::size_t index, const std::string& detail,
                   const ChildPlan& plan) {
    switch (failed.finding) {
        case Finding::missing_component:
            return quoted(detail) + " does not exist";
        case Finding::unsearchable_component:
            return user_words(plan) + " cannot search " + quoted(detail);
        case Finding::component_no_directory:
            return quoted(detail) + " is not a directory";
        case Finding::no_execute_bit:
            return "the file is not executable; chmod +x makes it so";
        case Finding::user_may_not_execute:
            return user_words(plan) + " may not execute it";
        case Finding::noexec_mount:
            return "its file system is mounted noexec";
        case Finding::interpreter_not_executable:
            return "its interpreter " + quoted(detail) + " cannot be executed";
        case Finding::interpreter_unusable:
            if (failed.error == ENOEXEC) {
                return "its interpreter " + quoted(detail) + " is no program";
            }
            break;
        case Finding::regains_root:
            return "it could become root again";
        case Finding::other_identity:
            return "its ids are not those that were asked for";
        case Finding::none:
        case Finding::is_directory:
        case Finding::not_regular:
        case Finding::interpreter_missing:
        case Finding::interpreter_carriage_return:
        case Finding::loader_missing:
        case Finding::other_machine:
        case Finding::broken_program:
        case Finding::empty_file:
        case Finding::no_format:
        case Finding::count:
            break;
    }
    if (failed.step == SetupStep::limits && failed.error == EPERM) {
        return why_no_limit(index, plan);
    }
    return failed.step == SetupStep::exec ? why_not_run(failed.error, plan) : "";
}

/// Findings that say it better than the errno; nothing for the others.
std::string plain_words(Finding finding, const std::string& what, const std::string& detail) {
    const std::string file = what.substr(what.find('"'));
    switch (finding) {
        case Finding::is_directory:
            return what + ": it is a directory";
        case Finding::not_regular:
            return what + ": it is not a regular file";
        case Finding::interpreter_missing:
            return detail.empty() ? what + ": its \"#!\" line names no interpreter"
                                  : "interpreter " + quoted(detail) + " of " + file + " not found";
        case Finding::interpreter_carriage_return:
            return "interpreter " + quoted(detail) + " of " + file +
                   " not found: the \"#!\" line ends in a carriage return (CRLF); save the file "
                   "with Unix line ends";
        case Finding::loader_missing:
            return "dynamic loader " + quoted(detail) + " of " + file + " not found";
        case Finding::other_machine:
            return what + ": it is a program for another kind of processor";
        case Finding::broken_program:
            return what + ": it is a broken or truncated program";
        case Finding::empty_file:
            return what + ": the file is empty";
        case Finding::no_format:
            return what + ": it has no \"#!\" line and no program format the kernel knows";
        case Finding::none:
        case Finding::missing_component:
        case Finding::unsearchable_component:
        case Finding::component_no_directory:
        case Finding::no_execute_bit:
        case Finding::user_may_not_execute:
        case Finding::noexec_mount:
        case Finding::interpreter_not_executable:
        case Finding::interpreter_unusable:
        case Finding::regains_root:
        case Finding::other_identity:
        case Finding::count:
            break;
    }
    return "";
}

std::string sentence_of(const FailedStart& failed, std::size_t index, const std::string& detail,
                        const ChildPlan& plan) {
    if (failed.step == SetupStep::exec && index >= plan.candidates().size()) {
        return "run " + quoted(plan.request().command.front()) + ": not found in PATH (" +
               printable(plan.request().path) + ")";
    }
    const std::string what = tried(failed.step, index, plan);
    if (failed.step == SetupStep::exec) {
        if (std::string plain = plain_words(failed.finding, what, detail); !plain.empty()) {
            return plain;
        }
    }
    const std::string more = remark(failed, index, detail, plan);
    return what + ": " + message(failed.error) + (more.empty() ? "" : " (" + more + ")");
}

}  // namespace

FailedStart failed_start(const StartReport& report, const ChildPlan& plan) {
    FailedStart failed;
    if (report.step < static_cast<std::uint32_t>(SetupStep::count)) {
        failed.step = static_cast<SetupStep>(report.step);
    }
    if (report.finding < static_cast<std::uint32_t>(Finding::count)) {
        failed.finding = static_cast<Finding>(report.finding);
    }
    failed.error = report.error;
    const std::string detail(report.detail, ::strnlen(report.detail, sizeof report.detail));
    failed.sentence = sentence_of(failed, report.index, detail, plan);
    return failed;
}

std::string describe(const FailedStart& failed) {
    return failed.sentence;
}

std::string words(SetupStep step, const ChildPlan& plan) {
    return tried(step, 0, plan);
}

}  // namespace respawnd::platform
