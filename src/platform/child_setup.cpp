#include "platform/child_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <signal.h>

#include "platform/exec_diagnosis.h"
#include "platform/raw_syscall.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace respawnd::platform {
namespace {

constexpr int report_number = 3;
constexpr int first_foreign_number = 4;
constexpr std::size_t signal_set_size = 8;  // the kernel's sigset_t
constexpr int exit_code_of_failed_start = 127;
constexpr unsigned highest_capability_number = 63;

/// Where the child is, and how it gives up.
struct Progress {
    ChildSetup& setup;
    int report_fd;

    RESPAWND_CHILD_SIDE void enter(SetupStep step) { setup.progress = step; }
    [[noreturn]] RESPAWND_CHILD_SIDE void fail(long error, std::size_t index = 0) {
        StartReport report = make(static_cast<std::int32_t>(-error), index);
        give_up(report);
    }
    RESPAWND_CHILD_SIDE void check(long result, std::size_t index = 0) {
        if (result < 0) {
            fail(result, index);
        }
    }
    RESPAWND_CHILD_SIDE StartReport make(std::int32_t error, std::size_t index) {
        StartReport report;
        report.step = static_cast<std::uint32_t>(static_cast<SetupStep>(setup.progress));
        report.error = error;
        report.index = static_cast<std::uint32_t>(index);
        report.finding = 0;
        // A loop that is not turned into memset: nothing of this struct may leak old stack bytes.
        for (volatile char& byte : report.detail) {
            byte = '\0';
        }
        return report;
    }
    [[noreturn]] RESPAWND_CHILD_SIDE void give_up(const StartReport& report) {
        send(report);
        for (;;) {
            (void)raw_syscall(SYS_exit_group, exit_code_of_failed_start);
        }
    }
    /// Tells a parent that shares no memory how far the child has come, before what may hang.
    RESPAWND_CHILD_SIDE void mark() {
        if (!setup.shares_memory) {
            const StartReport report = make(0, 0);
            send(report);
        }
    }
    RESPAWND_CHILD_SIDE void send(const StartReport& report) {
        // Less than PIPE_BUF, into an empty pipe: whole or not at all.
        (void)raw_syscall(SYS_write, report_fd, raw(&report), sizeof report);
    }
};

/// For a child that came from clone. Numbers that the kernel reserves give EINVAL, which is fine.
RESPAWND_CHILD_SIDE void reset_dispositions() {
    // handler, flags, restorer, mask: all zero is SIG_DFL in every layout of the kernel's struct.
    unsigned long action[4];
    for (volatile unsigned long& word : action) {
        word = 0;
    }
    for (int number = 1; number <= 64; ++number) {
        (void)raw_syscall(SYS_rt_sigaction, number, raw(action), 0, signal_set_size);
    }
}

/// A descriptor out of the way of the numbers that are about to be given out.
RESPAWND_CHILD_SIDE int lifted(Progress& progress, int fd) {
    if (fd < 0 || fd >= first_foreign_number) {
        return fd;
    }
    const long copy = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, first_foreign_number);
    progress.check(copy);
    return static_cast<int>(copy);
}

/// Everything from 4 on, where close_range is refused (a container's filter): what /proc lists.
/// Without /proc too, close-on-exec does it, which every descriptor of ours has.
RESPAWND_CHILD_SIDE void close_listed() {
    const long folder =
        raw_syscall(SYS_openat, AT_FDCWD, raw("/proc/self/fd"), O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0) {
        return;
    }
    alignas(8) char entries[2048];
    for (;;) {
        const long size = raw_syscall(SYS_getdents64, folder, raw(entries), sizeof entries);
        if (size <= 0) {
            break;
        }
        for (long at = 0; at < size;) {
            // struct linux_dirent64: inode 8, offset 8, length 2, type 1, name.
            const auto low = static_cast<unsigned char>(entries[at + 16]);
            const auto high = static_cast<unsigned char>(entries[at + 17]);
            long number = 0;
            bool is_number = false;
            for (long i = at + 19; entries[i] >= '0' && entries[i] <= '9'; ++i) {
                number = number * 10 + (entries[i] - '0');
                is_number = true;
            }
            if (is_number && number >= first_foreign_number && number != folder) {
                (void)raw_syscall(SYS_close, number);
            }
            at += low + high * 256;
        }
    }
    (void)raw_syscall(SYS_close, folder);
}

RESPAWND_CHILD_SIDE void place(Progress& progress, long from, int to, int flags) {
    if (from == to) {  // dup3 refuses equal numbers; then only the flag has to be right
        progress.check(raw_syscall(SYS_fcntl, to, F_SETFD, flags == 0 ? 0 : FD_CLOEXEC));
    } else {
        progress.check(raw_syscall(SYS_dup3, from, to, flags));
    }
}

/// Exactly 0, 1, 2, and the report pipe on 3 until exec.
RESPAWND_CHILD_SIDE void set_up_descriptors(Progress& progress, const ChildSetup& setup) {
    progress.report_fd = lifted(progress, progress.report_fd);
    const int input = lifted(progress, setup.input);
    const int output = lifted(progress, setup.output);
    const int error = lifted(progress, setup.error);
    if (input >= 0) {
        place(progress, input, 0, 0);
    }
    if (output >= 0) {
        place(progress, output, 1, 0);
        place(progress, output, 2, 0);
    }
    if (error >= 0) {
        place(progress, error, 2, 0);
    }
    place(progress, progress.report_fd, report_number, O_CLOEXEC);
    progress.report_fd = report_number;
    if (raw_syscall(SYS_close_range, first_foreign_number, ~0U, 0) < 0) {
        close_listed();
    }
    // Opened last: with a full table only now there is a free number. Of its own, so that no job
    // shares the flags of an open file with another.
    const long null = raw_syscall(SYS_openat, AT_FDCWD, raw("/dev/null"), O_RDWR | O_CLOEXEC, 0);
    progress.check(null);
    if (input < 0) {
        place(progress, null, 0, 0);
    }
    if (output < 0) {
        place(progress, null, 1, 0);
    }
    if (output < 0 && error < 0) {
        place(progress, null, 2, 0);
    }
    if (null > 2) {
        (void)raw_syscall(SYS_close, null);
    }
}

RESPAWND_CHILD_SIDE void set_limits(Progress& progress, const ChildSetup& setup) {
    for (std::size_t i = 0; i < setup.limit_count; ++i) {
        const std::uint64_t values[2] = {setup.limits[i].soft, setup.limits[i].hard};
        progress.check(raw_syscall(SYS_prlimit64, 0, setup.limits[i].resource, raw(values), 0), i);
    }
}

RESPAWND_CHILD_SIDE void set_oom_score_adj(Progress& progress, const ChildSetup& setup) {
    const long fd =
        raw_syscall(SYS_openat, AT_FDCWD, raw("/proc/self/oom_score_adj"), O_WRONLY | O_CLOEXEC, 0);
    progress.check(fd);
    progress.check(raw_syscall(SYS_write, fd, raw(setup.oom_score_adj),
                               static_cast<long>(setup.oom_score_adj_size)));
    (void)raw_syscall(SYS_close, fd);
}

RESPAWND_CHILD_SIDE bool has_bit(std::uint64_t set, unsigned number) {
    return ((set >> number) & 1U) != 0;
}

RESPAWND_CHILD_SIDE void limit_bounding_set(Progress& progress, std::uint64_t kept) {
    for (unsigned number = 0; number <= highest_capability_number; ++number) {
        if (has_bit(kept, number)) {
            continue;
        }
        const long has = raw_syscall(SYS_prctl, PR_CAPBSET_READ, number);
        if (has < 0) {
            break;  // the kernel knows no more
        }
        if (has == 1) {
            progress.check(raw_syscall(SYS_prctl, PR_CAPBSET_DROP, number), number);
        }
    }
}

/// The drop was asked for and answered with success; that is not enough to run a stranger's code.
RESPAWND_CHILD_SIDE void verify_identity(Progress& progress, const ChildSetup& setup) {
    std::uint32_t users[3];
    std::uint32_t groups[3];
    progress.check(raw_syscall(SYS_getresuid, raw(&users[0]), raw(&users[1]), raw(&users[2])));
    progress.check(raw_syscall(SYS_getresgid, raw(&groups[0]), raw(&groups[1]), raw(&groups[2])));
    StartReport report = progress.make(0, 0);
    report.error = EPERM;
    for (std::size_t i = 0; i < 3; ++i) {
        if (users[i] != setup.uid || groups[i] != setup.gid) {
            report.finding = static_cast<std::uint32_t>(Finding::other_identity);
            progress.give_up(report);
        }
    }
    if (setup.uid != 0 && raw_syscall(SYS_setuid, 0) >= 0) {
        report.finding = static_cast<std::uint32_t>(Finding::regains_root);
        progress.give_up(report);
    }
}

/// Groups, gid, uid in this order: each needs what the next one gives away. The bounding set needs
/// CAP_SETPCAP, so it comes before the uid.
RESPAWND_CHILD_SIDE void drop_identity(Progress& progress, const ChildSetup& setup,
                                       bool keeps_some) {
    if (setup.changes_identity) {
        progress.enter(SetupStep::groups);
        progress.check(
            raw_syscall(SYS_setgroups, static_cast<long>(setup.group_count), raw(setup.groups)));
        progress.enter(SetupStep::group);
        progress.check(raw_syscall(SYS_setresgid, setup.gid, setup.gid, setup.gid));
    }
    if (setup.sets_capabilities) {
        progress.enter(SetupStep::bounding_set);
        limit_bounding_set(progress, setup.capabilities);
    }
    if (keeps_some) {
        progress.enter(SetupStep::keep_capabilities);
        progress.check(raw_syscall(SYS_prctl, PR_SET_KEEPCAPS, 1));
    }
    if (setup.changes_identity) {
        progress.enter(SetupStep::user);
        progress.check(raw_syscall(SYS_setresuid, setup.uid, setup.uid, setup.uid));
        // With capabilities kept they are permitted but not effective here: becoming root again
        // must fail all the same.
        progress.enter(SetupStep::verify);
        verify_identity(progress, setup);
    }
}

/// For root the bounding set is what exec gives; for anybody else only the ambient set survives it.
RESPAWND_CHILD_SIDE void set_capabilities(Progress& progress, const ChildSetup& setup,
                                          bool keeps_some) {
    progress.enter(SetupStep::capabilities);
    __user_cap_header_struct header;
    header.version = _LINUX_CAPABILITY_VERSION_3;
    header.pid = 0;
    __user_cap_data_struct data[2];
    progress.check(raw_syscall(SYS_capget, raw(&header), raw(data)));
    const std::uint32_t words[2] = {static_cast<std::uint32_t>(setup.capabilities),
                                    static_cast<std::uint32_t>(setup.capabilities >> 32)};
    for (std::size_t i = 0; i < 2; ++i) {
        // Root may be without some of them, in a container; whoever is not gets all or nothing.
        const std::uint32_t wanted = keeps_some ? words[i] : words[i] & data[i].permitted;
        data[i].permitted = wanted;
        data[i].effective = wanted;
        data[i].inheritable = keeps_some ? wanted : 0;
    }
    progress.check(raw_syscall(SYS_capset, raw(&header), raw(data)));
    progress.enter(SetupStep::ambient_set);
    progress.check(raw_syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL));
    if (!keeps_some) {
        return;
    }
    for (unsigned number = 0; number <= highest_capability_number; ++number) {
        if (has_bit(setup.capabilities, number)) {
            progress.check(raw_syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number),
                           number);
        }
    }
    progress.check(raw_syscall(SYS_prctl, PR_SET_KEEPCAPS, 0));
}

/// An error that lets the next candidate of PATH have its turn, as execvp(3) does it.
RESPAWND_CHILD_SIDE bool goes_on_after(long error) {
    return error == -ENOENT || error == -EACCES || error == -ENOTDIR || error == -ESTALE ||
           error == -ENODEV || error == -ETIMEDOUT;
}

/// Is there a file at all? The candidate that exists is the one worth talking about.
RESPAWND_CHILD_SIDE bool exists(const char* path) {
    return raw_syscall(SYS_faccessat, AT_FDCWD, raw(path), 0) == 0;
}

[[noreturn]] RESPAWND_CHILD_SIDE void run_program(Progress& progress, const ChildSetup& setup) {
    long error = -ENOENT;
    std::size_t told = 0;
    bool found = false;
    std::size_t i = 0;
    for (; setup.candidates[i] != nullptr; ++i) {
        const long result =
            raw_syscall(SYS_execve, raw(setup.candidates[i]), raw(setup.argv), raw(setup.envp));
        const bool last_word = !goes_on_after(result);
        error = i == 0 ? result : error;
        if (last_word || (!found && (result == -EACCES || exists(setup.candidates[i])))) {
            error = result;
            told = i;
            found = true;
        }
        if (last_word) {
            break;
        }
    }
    // An index past the end: none of several places has it.
    StartReport report =
        progress.make(static_cast<std::int32_t>(-error), found || i == 1 ? told : i);
    if (setup.candidates[report.index] != nullptr) {
        diagnose_program(setup.candidates[report.index], report);
    }
    progress.give_up(report);
}

RESPAWND_CHILD_SIDE void enter_directory(Progress& progress, const char* directory) {
    progress.enter(SetupStep::directory);
    progress.mark();
    const long result = raw_syscall(SYS_chdir, raw(directory));
    if (result < 0) {
        StartReport report = progress.make(static_cast<std::int32_t>(-result), 0);
        diagnose_directory(directory, report);
        progress.give_up(report);
    }
}

RESPAWND_CHILD_SIDE void set_scheduling(Progress& progress, const ChildSetup& setup) {
    progress.enter(SetupStep::limits);
    set_limits(progress, setup);
    if (setup.oom_score_adj != nullptr) {
        progress.enter(SetupStep::oom_score_adj);
        set_oom_score_adj(progress, setup);
    }
    if (setup.sets_nice) {
        progress.enter(SetupStep::nice);
        progress.check(raw_syscall(SYS_setpriority, 0, 0, setup.nice));
    }
    progress.enter(SetupStep::timer_slack);
    progress.check(raw_syscall(SYS_prctl, PR_SET_TIMERSLACK, static_cast<long>(setup.timer_slack)));
}

}  // namespace

RESPAWND_CHILD_SIDE void run_child(ChildSetup* setup) {
    Progress progress{*setup, setup->report};
    if (setup->resets_dispositions) {
        progress.enter(SetupStep::dispositions);
        reset_dispositions();
    }
    progress.enter(SetupStep::session);
    progress.check(raw_syscall(SYS_setsid));
    progress.enter(SetupStep::descriptors);
    set_up_descriptors(progress, *setup);
    set_scheduling(progress, *setup);

    const bool keeps_some = setup->sets_capabilities && setup->capabilities != 0 && setup->uid != 0;
    drop_identity(progress, *setup, keeps_some);
    if (setup->sets_capabilities) {
        set_capabilities(progress, *setup, keeps_some);
    }
    if (setup->no_new_privileges) {
        progress.enter(SetupStep::no_new_privileges);
        progress.check(raw_syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1));
    }
    progress.enter(SetupStep::umask);
    (void)raw_syscall(SYS_umask, setup->umask);
    enter_directory(progress, setup->directory);
    // PDEATHSIG is zero in every new child, so there is nothing to clear.
    progress.enter(SetupStep::mask);
    const std::uint64_t empty = 0;
    progress.check(raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, raw(&empty), 0, signal_set_size));
    progress.enter(SetupStep::exec);
    progress.mark();
    run_program(progress, *setup);
}

}  // namespace respawnd::platform
