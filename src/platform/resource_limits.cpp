#include "platform/resource_limits.h"

#include <sys/resource.h>

namespace respawnd::platform {
namespace {

/// A fact about this process, which has only one such limit.
std::optional<DescriptorLimit>& remembered() {
    static std::optional<DescriptorLimit> limit;
    return limit;
}

}  // namespace

core::Result<void> raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return core::system_error("read the limit of open descriptors");
    }
    if (!remembered()) {
        remembered() = DescriptorLimit{limit.rlim_cur, limit.rlim_max};
    }
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return core::system_error("raise the limit of open descriptors");
    }
    return {};
}

std::optional<DescriptorLimit> original_descriptor_limit() {
    return remembered();
}

}  // namespace respawnd::platform
