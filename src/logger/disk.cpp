#include "logger/disk.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace respawnd::logger {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_rotated(std::string_view name) {
    if (name.ends_with(".zst")) {
        name.remove_suffix(std::string_view(".zst").size());
    }
    const std::size_t dot = name.rfind('.');
    return dot != std::string_view::npos && is_number(name.substr(dot + 1)) &&
           name.substr(0, dot).ends_with(".log");
}

struct OldFile {
    timespec changed{};
    std::uint64_t size = 0;
    std::string name;
};

}  // namespace

core::Result<void> limit_folder(const LogFolder& folder, std::uint64_t limit) {
    std::uint64_t total = 0;
    std::vector<OldFile> rotated;
    for (std::string& name : folder.list()) {
        const bool can_go = is_rotated(name);
        const auto status = can_go || name.ends_with(".log") ? folder.look(name) : std::nullopt;
        if (!status || !S_ISREG(status->st_mode)) {
            continue;
        }
        total += static_cast<std::uint64_t>(status->st_size);
        if (can_go) {
            rotated.push_back(
                {status->st_mtim, static_cast<std::uint64_t>(status->st_size), std::move(name)});
        }
    }
    std::ranges::sort(rotated, [](const OldFile& one, const OldFile& other) {
        return std::pair(one.changed.tv_sec, one.changed.tv_nsec) <
               std::pair(other.changed.tv_sec, other.changed.tv_nsec);
    });
    for (const OldFile& file : rotated) {
        if (total <= limit) {
            break;
        }
        if (auto removed = folder.remove(file.name); !removed) {
            return removed;
        }
        total -= file.size;
    }
    return {};
}

}  // namespace respawnd::logger
