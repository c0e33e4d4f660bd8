#include "core/job_definition.h"

namespace respawnd::core {

std::string full_name(const InstanceName& instance, std::uint32_t instances) {
    return instances == 1 ? instance.job : instance.job + "@" + std::to_string(instance.number);
}

}  // namespace respawnd::core
