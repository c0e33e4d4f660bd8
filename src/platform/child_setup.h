// What a child does between clone and exec.
//
// The child may share the daemon's whole memory (CLONE_VM), and its own user may be a stranger by
// then. So this code calls nothing but the kernel, allocates nothing, writes to nothing but its own
// stack and `ChildSetup::progress`, and never returns. The steps run in the order of SetupStep;
// the first that fails is written to the report pipe as a StartReport and the child exits. Exec
// closes the pipe (close-on-exec), so end of file without a report means that all went well, or
// that the child was killed on the way.
#pragma once

#include <cstddef>
#include <cstdint>

namespace respawnd::platform {

/// The order matters. Descriptors come first: with a low limit on them the daemon's high numbers
/// could not be handled afterwards, and a child that hangs later on a dead file system then holds
/// nothing of the daemon's. What needs privileges comes before they are dropped. The directory
/// comes after, so that the job's user needs the right to enter it.
enum class SetupStep : std::uint32_t {
    begin,
    dispositions,
    session,
    descriptors,
    limits,
    oom_score_adj,
    nice,
    timer_slack,
    groups,
    group,
    bounding_set,
    keep_capabilities,
    user,
    verify,
    capabilities,
    ambient_set,
    no_new_privileges,
    umask,
    directory,
    mask,
    exec,
    count
};

/// What the child found out about a failure, as the job's user.
enum class Finding : std::uint32_t {
    none,
    missing_component,       ///< detail: the part of the path that does not exist
    unsearchable_component,  ///< detail: the folder that the user cannot search
    component_no_directory,  ///< detail: the part that is no folder
    is_directory,
    not_regular,
    no_execute_bit,
    user_may_not_execute,
    noexec_mount,
    interpreter_missing,  ///< detail: the interpreter of the #! line
    interpreter_carriage_return,
    interpreter_not_executable,
    interpreter_unusable,
    loader_missing,  ///< detail: the dynamic loader that the ELF file names
    other_machine,
    broken_program,
    empty_file,
    no_format,
    regains_root,    ///< the dropped user could become root again
    other_identity,  ///< the ids are not those that were asked for
    count
};

/// What the child tells. The job's user may have been able to write it: to be read as hostile.
struct StartReport {
    std::uint32_t step;
    std::int32_t error;   ///< 0 in a progress mark of a child that shares no memory
    std::uint32_t index;  ///< which limit, capability or candidate
    std::uint32_t finding;
    char detail[256];
};

struct ChildLimit {
    int resource;
    std::uint64_t soft;
    std::uint64_t hard;
};

/// Everything the child needs; child_plan.h owns the memory that is pointed to.
struct ChildSetup {
    const char* const* argv = nullptr;
    const char* const* envp = nullptr;
    const char* const* candidates = nullptr;  ///< programs to try in order; ends with a null
    const char* directory = nullptr;
    const char* oom_score_adj = nullptr;  ///< decimal text; null: leave it
    std::size_t oom_score_adj_size = 0;
    const ChildLimit* limits = nullptr;
    std::size_t limit_count = 0;
    const std::uint32_t* groups = nullptr;  ///< gid_t
    std::size_t group_count = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool changes_identity = false;
    bool sets_nice = false;
    int nice = 0;
    bool sets_capabilities = false;
    std::uint64_t capabilities = 0;  ///< a bit for each
    bool no_new_privileges = false;
    std::uint32_t umask = 022;
    std::uint64_t timer_slack = 0;  ///< nanoseconds
    int input = -1;                 ///< becomes 0; -1: /dev/null
    int output = -1;                ///< becomes 1 and 2; -1: /dev/null
    int error = -1;                 ///< becomes 2; -1: as 1
    int report = -1;                ///< the write end of the report pipe
    bool shares_memory = false;
    bool resets_dispositions = false;  ///< started by clone, which cannot clear them
    /// The step that the child is at, for a start that hangs. Written by the child alone.
    volatile SetupStep progress = SetupStep::begin;
};

/// Does it all; see above.
[[noreturn]] void run_child(ChildSetup* setup);

}  // namespace respawnd::platform
