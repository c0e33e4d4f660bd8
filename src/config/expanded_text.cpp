#include "config/expanded_text.h"

#include "config/config_limits.h"
#include "config/printable_text.h"
#include "core/placeholder.h"

namespace respawnd::config {

std::optional<std::string> expanded(const Value& value, std::string_view text,
                                    std::string_view job) {
    auto result = core::expand(text, {.job = std::string(job), .number = 1});
    if (!result) {
        const std::string& piece = result.error();
        value.refuse("holds " + in_quotes(piece) +
                         ", which is none of %n (the job), %i (the instance) and %%",
                     "write " + in_quotes("%" + piece) + " for a percent sign");
        return std::nullopt;
    }
    if (result->size() > longest_word) {
        value.refuse("is longer than 128 KiB");
        return std::nullopt;
    }
    return *std::move(result);
}

}  // namespace respawnd::config
