#include "core/duration_words.h"

#include <array>
#include <cstdint>

namespace respawnd::core {
namespace {

/// `tenths` to `thousandths` of a second, without zeros at the end.
std::string seconds_with_fraction(std::int64_t milliseconds) {
    std::string digits = std::to_string(milliseconds % 1000);
    digits.insert(0, 3 - digits.size(), '0');
    while (digits.size() > 1 && digits.back() == '0') {
        digits.pop_back();
    }
    const std::string whole = std::to_string(milliseconds / 1000);
    return digits == "0" ? whole + " s" : whole + "." + digits + " s";
}

}  // namespace

std::string in_words(Duration duration) {
    if (duration == infinite) {
        return "for ever";
    }
    const std::int64_t milliseconds = (duration.count() + 500) / 1000;
    if (milliseconds < 100) {
        return seconds_with_fraction(milliseconds);
    }
    const std::int64_t tenths = (milliseconds + 50) / 100;
    if (tenths < 100) {
        return seconds_with_fraction(tenths * 100);
    }
    struct Unit {
        const char* name;
        std::int64_t seconds;
    };
    constexpr auto units = std::to_array<Unit>({{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}});
    const std::int64_t seconds = (milliseconds + 500) / 1000;
    for (std::size_t i = 0; i + 1 < units.size(); ++i) {
        if (seconds < units[i].seconds) {
            continue;
        }
        const std::int64_t rest = seconds % units[i].seconds / units[i + 1].seconds;
        std::string text = std::to_string(seconds / units[i].seconds) + " " + units[i].name;
        if (rest != 0) {
            text += " " + std::to_string(rest) + " " + units[i + 1].name;
        }
        return text;
    }
    return std::to_string(seconds) + " s";
}

}  // namespace respawnd::core
