// Stacks for children that share the daemon's memory until exec. A page below each faults instead
// of letting an overflow reach what lies next to it.
#pragma once

#include <cstddef>
#include <vector>

#include "core/result.h"

namespace respawnd::platform {

class [[nodiscard]] ChildStack {
  public:
    ChildStack() = default;
    [[nodiscard]] static core::Result<ChildStack> map();
    ChildStack(ChildStack&& other) noexcept;
    ChildStack& operator=(ChildStack&& other) noexcept;
    ~ChildStack();

    explicit operator bool() const noexcept { return mapping_ != nullptr; }
    /// The lowest usable address; the stack grows down from low() + size().
    [[nodiscard]] void* low() const noexcept;
    [[nodiscard]] static std::size_t size() noexcept;

  private:
    void unmap() noexcept;
    void* mapping_ = nullptr;
};

/// Keeps a few stacks for the next starts. Only stacks that no child runs on may be given back.
class ChildStackPool {
  public:
    [[nodiscard]] core::Result<ChildStack> take();
    void give_back(ChildStack stack);
    [[nodiscard]] std::size_t kept() const noexcept { return stacks_.size(); }

  private:
    std::vector<ChildStack> stacks_;
};

}  // namespace respawnd::platform
