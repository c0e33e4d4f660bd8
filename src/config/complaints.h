// The mistakes found in one file, collected so that all of them are told at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/diagnostic.h"

namespace respawnd::config {

class Complaints {
  public:
    /// Borrows the source.
    explicit Complaints(const SourceText& source) : source_(source) {}

    /// Beyond config_limits.h's `most_diagnostics` a mistake is only counted.
    void add(Position at, std::string message, std::string hint = {});

    /// True when nobody will read another hint: making one costs time.
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] bool any_of(bool (*question)(const Diagnostic&)) const;
    [[nodiscard]] const SourceText& source() const { return source_; }

    /// All of them in the order of their places; at the end, how many more there are.
    [[nodiscard]] std::vector<Diagnostic> take();

  private:
    const SourceText& source_;
    std::vector<Diagnostic> diagnostics_;
    std::size_t more_ = 0;
};

}  // namespace respawnd::config
