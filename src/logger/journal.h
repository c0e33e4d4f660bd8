// The journal of the machine, for jobs with `target = "journal"`: one entry a line. A batch leaves
// the spool when all of it has been handed over, so the last one may come twice if the logger is
// killed in between.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "logger/lane.h"
#include "logger/order.h"

namespace respawnd::logger {

class Journal : public Sink {
  public:
    explicit Journal(Lane& lane) : lane_(lane) {}
    [[nodiscard]] core::Result<void> carry_out(Order& order) override;

  private:
    [[nodiscard]] core::Result<void> send(const Order& order, std::string_view line);
    [[nodiscard]] core::Result<void> send_spool(Order& order);

    Lane& lane_;
    std::vector<char> buffer_;
};

}  // namespace respawnd::logger
