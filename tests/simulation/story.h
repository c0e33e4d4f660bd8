// What happened in a simulated world, line by line.
#pragma once

#include <deque>
#include <iostream>
#include <string>

#include "core/time.h"

namespace respawnd::simulation {

class Story {
  public:
    /// Telling takes longer than living: a run is quiet at first, and told again when it failed.
    enum class Telling { quiet, kept, printed };

    explicit Story(Telling telling) : telling_(telling) {}

    [[nodiscard]] bool is_told() const { return telling_ != Telling::quiet; }

    void tell(core::Instant now, const std::string& text) {
        if (!is_told()) {
            return;
        }
        std::string seconds = std::to_string(now.time_since_epoch().count());
        seconds.insert(0, seconds.size() < 7 ? 7 - seconds.size() : 0, '0');
        seconds.insert(seconds.size() - 6, ".");
        std::string line = seconds;
        line += "  ";
        line += text;
        if (telling_ == Telling::printed) {
            std::cout << line << "\n";
        }
        lines_.push_back(std::move(line));
        if (lines_.size() > kept) {
            lines_.pop_front();
        }
    }
    [[nodiscard]] std::string end() const {
        std::string text;
        for (const std::string& line : lines_) {
            text += line + "\n";
        }
        return text;
    }

  private:
    static constexpr std::size_t kept = 50;
    Telling telling_;
    std::deque<std::string> lines_;
};

}  // namespace respawnd::simulation
