// Which cells of the table state x event a simulation has reached.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/instance_event.h"

namespace respawnd::simulation {

class Coverage {
  public:
    void reached(const core::State& state, const core::Event& event);
    /// The cells that are possible and were not reached, a line each.
    [[nodiscard]] std::string missing() const;

  private:
    std::map<std::pair<std::string, std::string>, std::uint64_t> cells_;
};

[[nodiscard]] std::string name_of(const core::Event& event);

}  // namespace respawnd::simulation
