// The people around a simulated daemon: what they write into the folder of job files.
#pragma once

#include <memory>
#include <string>

#include "core/definition_diff.h"
#include "simulation/dice.h"

namespace respawnd::simulation {

class Folder {
  public:
    explicit Folder(Dice& dice) : dice_(dice) {}

    [[nodiscard]] const core::DefinitionSet& jobs() const { return jobs_; }

    /// Adds, removes, renames or changes a job by chance, and says what it did.
    std::string edit();

  private:
    using Job = std::shared_ptr<core::JobDefinition>;

    std::string add(const std::string& name);
    std::string change(const std::string& name);
    [[nodiscard]] Job any_job(const std::string& name);
    void choose_restart(core::RestartSettings& restart);
    void choose_stop(core::StopSettings& stop);

    Dice& dice_;
    core::DefinitionSet jobs_;
};

}  // namespace respawnd::simulation
