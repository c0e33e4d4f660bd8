#include "platform/child_stack.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace respawnd::platform {
namespace {

// The diagnosis of a failed exec holds a path of 4 KiB and the head of a file; the dynamic linker,
// should it have to resolve a memcpy, saves vector registers of 3 KiB. Untouched pages cost
// nothing.
constexpr std::size_t usable = 64UL * 1024;
// A mapping and its first page fault cost more than a start has to; a crash storm needs only one.
constexpr std::size_t most_kept = 8;

std::size_t guard_size() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

core::Result<ChildStack> ChildStack::map() {
    void* mapping = ::mmap(nullptr, usable + guard_size(), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        return core::system_error("map a stack for a child");
    }
    ChildStack stack;
    stack.mapping_ = mapping;
    if (::mprotect(mapping, guard_size(), PROT_NONE) != 0) {
        return core::system_error("protect the stack of a child");
    }
    return stack;
}

ChildStack::ChildStack(ChildStack&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)) {}

ChildStack& ChildStack::operator=(ChildStack&& other) noexcept {
    if (this != &other) {
        unmap();
        mapping_ = std::exchange(other.mapping_, nullptr);
    }
    return *this;
}

ChildStack::~ChildStack() {
    unmap();
}

void* ChildStack::low() const noexcept {
    return static_cast<char*>(mapping_) + guard_size();
}

std::size_t ChildStack::size() noexcept {
    return usable;
}

void ChildStack::unmap() noexcept {
    if (mapping_ != nullptr) {
        (void)::munmap(std::exchange(mapping_, nullptr), usable + guard_size());
    }
}

core::Result<ChildStack> ChildStackPool::take() {
    if (stacks_.empty()) {
        return ChildStack::map();
    }
    ChildStack stack = std::move(stacks_.back());
    stacks_.pop_back();
    return stack;
}

void ChildStackPool::give_back(ChildStack stack) {
    if (stacks_.size() < most_kept) {
        stacks_.push_back(std::move(stack));
    }
}

}  // namespace respawnd::platform
