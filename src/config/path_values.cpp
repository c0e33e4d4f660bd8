#include "config/path_values.h"

#include <utility>

#include "config/config_limits.h"
#include "config/expanded_text.h"
#include "config/printable_text.h"

namespace respawnd::config {
namespace {

std::string folder_name_mistake(std::string_view path) {
    if (path.empty()) {
        return "holds an empty name";
    }
    if (path.starts_with('/')) {
        return "must be a name without / in front, not " + in_quotes(path);
    }
    if (path.size() > longest_path) {
        return "is too long for a path";
    }
    const std::string_view top = path.substr(0, path.find('/'));
    if (top == "respawnd") {
        return "must not be \"respawnd\", which is respawnd's own folder";
    }
    for (std::string_view rest = path;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || part.size() > longest_path_part) {
            return "holds " + in_quotes(path) + ", whose part " + in_quotes(part) +
                   " is no folder name";
        }
        if (slash == std::string_view::npos) {
            return "";
        }
        rest.remove_prefix(slash + 1);
    }
}

}  // namespace

bool is_good_path(const Value& value, std::string_view path, std::string_view job) {
    const auto full = expanded(value, path, job);
    if (!full) {
        return false;
    }
    if (!full->starts_with('/')) {
        value.refuse(full->empty() ? "is empty"
                                   : "must be a path that begins with /, not " + in_quotes(path));
        return false;
    }
    if (full->size() > longest_path) {
        value.refuse("is too long for a path");
        return false;
    }
    return true;
}

std::optional<std::string> read_absolute_path(const Value& value, std::string_view job) {
    auto path = value.string();
    if (!path || !is_good_path(value, *path, job)) {
        return std::nullopt;
    }
    return path;
}

std::optional<std::vector<std::string>> read_folder_names(const Value& value,
                                                          std::string_view job) {
    const auto items = value.items_or_one();
    if (!items) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Value& item : *items) {
        auto name = item.string();
        const auto full = name ? expanded(item, *name, job) : std::nullopt;
        if (!full) {
            continue;
        }
        if (const std::string mistake = folder_name_mistake(*full); !mistake.empty()) {
            item.refuse(mistake);
            continue;
        }
        names.push_back(*std::move(name));
    }
    return names;
}

}  // namespace respawnd::config
