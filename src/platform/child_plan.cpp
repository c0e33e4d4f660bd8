#include "platform/child_plan.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/check.h"
#include "platform/capabilities.h"
#include "platform/resource_limits.h"

namespace respawnd::platform {
namespace {

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
    std::vector<const char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        result.push_back(text.c_str());
    }
    result.push_back(nullptr);
    return result;
}

/// As execvp(3) does it: a name with a slash is taken as it is, an empty part of PATH is the
/// working directory. Only that no shell is ever run.
std::vector<std::string> places_of(const std::string& command, std::string_view path) {
    if (command.find('/') != std::string::npos || command.empty()) {
        return {command};
    }
    std::vector<std::string> result;
    for (;;) {
        const std::size_t colon = path.find(':');
        const std::string_view part = path.substr(0, colon);
        result.push_back(std::string(part.empty() ? "." : part) + "/" + command);
        if (colon == std::string_view::npos) {
            return result;
        }
        path.remove_prefix(colon + 1);
    }
}

std::vector<core::ResourceLimit> limits_of(const ChildRequest& request) {
    std::vector<core::ResourceLimit> result = request.limits;
    const bool names_descriptors = std::ranges::any_of(
        result, [](const auto& limit) { return limit.resource == RLIMIT_NOFILE; });
    if (const auto original = original_descriptor_limit(); original && !names_descriptors) {
        result.push_back({RLIMIT_NOFILE, "nofile", original->soft, original->hard});
    }
    return result;
}

}  // namespace

/// Strings first, then the arrays that point into them, then the child's view of both.
struct ChildPlan::Layout {
    ChildRequest request;
    std::vector<std::string> candidates;
    std::vector<core::ResourceLimit> limits;
    std::string oom_score_adj;
    std::vector<const char*> argument_pointers;
    std::vector<const char*> environment_pointers;
    std::vector<const char*> candidate_pointers;
    std::vector<ChildLimit> child_limits;
    ChildSetup setup;
};

ChildPlan::ChildPlan(std::unique_ptr<Layout> layout) : layout_(std::move(layout)) {}
ChildPlan::ChildPlan(ChildPlan&&) noexcept = default;
ChildPlan& ChildPlan::operator=(ChildPlan&&) noexcept = default;
ChildPlan::~ChildPlan() = default;

ChildPlan ChildPlan::make(ChildRequest request) {
    RESPAWND_CHECK(!request.command.empty());
    auto layout = std::make_unique<Layout>();
    Layout& l = *layout;
    l.request = std::move(request);
    const ChildRequest& r = l.request;
    l.candidates = places_of(r.command.front(), r.path);
    l.limits = limits_of(r);
    l.argument_pointers = pointers(r.command);
    l.environment_pointers = pointers(r.environment);
    l.candidate_pointers = pointers(l.candidates);
    for (const core::ResourceLimit& limit : l.limits) {
        l.child_limits.push_back({limit.resource, limit.soft, limit.hard});
    }

    ChildSetup& setup = l.setup;
    setup.argv = l.argument_pointers.data();
    setup.envp = l.environment_pointers.data();
    setup.candidates = l.candidate_pointers.data();
    setup.directory = r.directory.c_str();
    setup.limits = l.child_limits.data();
    setup.limit_count = l.child_limits.size();
    setup.uid = ::geteuid();
    setup.gid = ::getegid();
    if (r.identity) {
        // Whoever is that user already needs no right to become it.
        setup.changes_identity = !is_own_identity(*r.identity);
        setup.uid = r.identity->uid;
        setup.gid = r.identity->gid;
        setup.groups = r.identity->groups.data();
        setup.group_count = r.identity->groups.size();
    }
    setup.sets_nice = r.nice.has_value();
    setup.nice = r.nice.value_or(0);
    if (r.oom_score_adj) {
        l.oom_score_adj = std::to_string(*r.oom_score_adj);
    }
    setup.sets_capabilities = r.capabilities.has_value();
    setup.capabilities = r.capabilities ? capability_set(*r.capabilities) : 0;
    setup.no_new_privileges = r.no_new_privileges;
    setup.umask = r.umask;
    setup.timer_slack = r.timer_slack;
    setup.input = r.input;
    setup.output = r.output;
    setup.error = r.error;
    setup.oom_score_adj = r.oom_score_adj ? l.oom_score_adj.c_str() : nullptr;
    setup.oom_score_adj_size = l.oom_score_adj.size();
    return ChildPlan(std::move(layout));
}

const ChildRequest& ChildPlan::request() const {
    return layout_->request;
}
const std::vector<std::string>& ChildPlan::candidates() const {
    return layout_->candidates;
}
const std::vector<core::ResourceLimit>& ChildPlan::limits() const {
    return layout_->limits;
}
ChildSetup& ChildPlan::setup() {
    return layout_->setup;
}
const ChildSetup& ChildPlan::setup() const {
    return layout_->setup;
}

}  // namespace respawnd::platform
