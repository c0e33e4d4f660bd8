// Keeps a crash loop from flooding the log: some messages at once, then a sum now and then.
#pragma once

#include <cstdint>

#include "core/limits.h"
#include "core/time.h"

namespace respawnd::core {

class MessageBudget {
  public:
    /// True when there is room for more than one message.
    [[nodiscard]] bool has_plenty(Instant now) {
        refill(now);
        return left_ > 1;
    }

    /// True when a message may be told; otherwise it is counted.
    [[nodiscard]] bool take(Instant now) {
        refill(now);
        if (left_ == 0) {
            ++untold_;
            return false;
        }
        --left_;
        return true;
    }

    /// How many were not told since the last time that this was asked.
    [[nodiscard]] std::uint64_t take_untold() {
        const std::uint64_t untold = untold_;
        untold_ = 0;
        return untold;
    }

  private:
    void refill(Instant now) {
        if (refilled_at_ == Instant{}) {
            refilled_at_ = now;
        }
        const auto earned = (now - refilled_at_) / message_every;
        if (earned > 0) {
            refilled_at_ += earned * message_every;
            const auto room = static_cast<std::int64_t>(messages_in_a_burst - left_);
            left_ += static_cast<std::uint32_t>(earned < room ? earned : room);
        }
    }

    Instant refilled_at_{};
    std::uint64_t untold_ = 0;
    std::uint32_t left_ = messages_in_a_burst;
};

}  // namespace respawnd::core
