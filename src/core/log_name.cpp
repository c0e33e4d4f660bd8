#include "core/log_name.h"

#include <string_view>

#include "core/check.h"
#include "core/placeholder.h"

namespace respawnd::core {

std::string log_name(const JobDefinition& job, const InstanceName& instance, bool error_output) {
    const auto name = expand(job.log.path.value_or("%n.log"), instance);
    // A definition holds no placeholder that its reader has not found good.
    RESPAWND_CHECK(name.has_value());
    if (!error_output) {
        return *name;
    }
    constexpr std::string_view ending = ".log";
    const bool ends_in_log = name->ends_with(ending);
    const std::string stem = ends_in_log ? name->substr(0, name->size() - ending.size()) : *name;
    return stem + ".err" + std::string(ends_in_log ? ending : "");
}

}  // namespace respawnd::core
