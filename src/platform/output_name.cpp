#include "platform/output_name.h"

#include "core/job_environment.h"

namespace respawnd::platform {
namespace {

constexpr std::string_view error_ending = ".err";

}  // namespace

std::string fifo_name(OutputName name) {
    std::string text = core::generation_text(name.generation);
    return name.channel == Channel::error ? text + std::string(error_ending) : text;
}

std::string spool_name(OutputName name) {
    return fifo_name(name) + std::string(spool_ending);
}

OutputName output_name_from(std::string_view fifo_name) {
    const bool is_error = fifo_name.ends_with(error_ending);
    if (is_error) {
        fifo_name.remove_suffix(error_ending.size());
    }
    return {core::generation_number(fifo_name), is_error ? Channel::error : Channel::output};
}

}  // namespace respawnd::platform
