#include "config/complaints.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "config/config_limits.h"

namespace respawnd::config {

void Complaints::add(Position at, std::string message, std::string hint) {
    if (is_full()) {
        ++more_;
        return;
    }
    diagnostics_.push_back(source_.at(at, std::move(message), std::move(hint)));
}

bool Complaints::any_of(bool (*question)(const Diagnostic&)) const {
    return std::ranges::any_of(diagnostics_, question);
}

bool Complaints::is_full() const {
    return diagnostics_.size() >= most_diagnostics;
}

std::vector<Diagnostic> Complaints::take() {
    std::ranges::stable_sort(diagnostics_, {}, [](const Diagnostic& diagnostic) {
        return std::tuple(diagnostic.line, diagnostic.column);
    });
    if (more_ > 0) {
        diagnostics_.push_back({.file = source_.file(),
                                .line_text = {},
                                .message = "and " + std::to_string(more_) + " more",
                                .hint = {}});
    }
    return std::exchange(diagnostics_, {});
}

}  // namespace respawnd::config
