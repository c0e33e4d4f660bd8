#include "config/rights_values.h"

#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "config/config_limits.h"
#include "config/nearest_word.h"
#include "config/printable_text.h"
#include "core/capability_name.h"

namespace respawnd::config {
namespace {

constexpr std::string_view digits = "0123456789";

std::string account_mistake(std::string_view name) {
    if (name.empty()) {
        return "is empty";
    }
    const bool begins_with_digit = digits.find(name.front()) != std::string_view::npos;
    if (begins_with_digit) {
        std::uint32_t number = 0;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
        const bool leading_zero = name.size() > 1 && name.front() == '0';
        // setuid(2) and its kind read both numbers as "leave it as it is".
        const bool unchanged = number == 0xFFFFFFFF || number == 0xFFFF;
        const bool good = problem == std::errc() && end == name.data() + name.size() &&
                          !leading_zero && !unchanged;
        return good ? "" : "must be a name, or a number from 0 to 4294967294 but 65535, not ";
    }
    const bool odd = name.front() == '-' || name.front() == '+' || name.front() == '~' ||
                     name.front() == ' ' || name.back() == ' ' || name == "." || name == ".." ||
                     name.find_first_of(":/,") != std::string_view::npos ||
                     name.size() > longest_user_name;
    return odd ? "cannot be " : "";
}

}  // namespace

std::optional<std::string> read_account(const Value& value) {
    auto name = value.string();
    if (!name) {
        return std::nullopt;
    }
    std::string mistake = account_mistake(*name);
    if (!mistake.empty()) {
        value.refuse(mistake.ends_with(' ') ? mistake + in_quotes(*name) : mistake);
        return std::nullopt;
    }
    return name;
}

std::optional<std::vector<std::string>> read_accounts(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Value& item : *items) {
        if (auto name = read_account(item)) {
            names.push_back(*std::move(name));
        }
    }
    return names;
}

std::optional<std::vector<int>> read_capabilities(const Value& value) {
    const auto items = value.items();
    if (!items) {
        return std::nullopt;
    }
    std::set<int> numbers;
    for (const Value& item : *items) {
        const auto name = item.string();
        if (!name) {
            continue;
        }
        const auto number = core::capability_number(*name);
        if (!number) {
            const auto nearest = nearest_word(name->starts_with("CAP_") ? *name : "CAP_" + *name,
                                              core::capability_names());
            item.refuse("must hold names of capabilities, not " + in_quotes(*name),
                        nearest ? "did you mean " + in_quotes(*nearest) + "?" : "");
            continue;
        }
        numbers.insert(*number);
    }
    return std::vector(numbers.begin(), numbers.end());
}

}  // namespace respawnd::config
