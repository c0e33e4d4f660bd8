#include "platform/exec_diagnosis.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "platform/raw_syscall.h"

namespace respawnd::platform {
namespace {

constexpr std::size_t path_limit = 4096;
constexpr std::size_t head_size = 2048;  // headers and interpreter of every ordinary ELF file
constexpr unsigned type_mask = 0170000;
constexpr unsigned directory_type = 0040000;
constexpr unsigned regular_type = 0100000;
constexpr unsigned execute_bits = 0111;
constexpr long mount_noexec = 0x8;  // ST_NOEXEC

#if defined(__x86_64__)
constexpr unsigned own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned own_machine = EM_AARCH64;
#else
constexpr unsigned own_machine = EM_NONE;
#endif

RESPAWND_CHILD_SIDE void set(StartReport& report, Finding finding) {
    report.finding = static_cast<std::uint32_t>(finding);
}

RESPAWND_CHILD_SIDE void set(StartReport& report, Finding finding, const char* detail) {
    set(report, finding);
    std::size_t i = 0;
    for (; detail[i] != '\0' && i + 1 < sizeof report.detail; ++i) {
        report.detail[i] = detail[i];
    }
    report.detail[i] = '\0';
}

/// The type and permission bits, or a negated errno.
RESPAWND_CHILD_SIDE long mode_of(const char* path) {
    struct statx file;
    const long result =
        raw_syscall(SYS_statx, AT_FDCWD, raw(path), 0, STATX_TYPE | STATX_MODE, raw(&file));
    return result < 0 ? result : static_cast<long>(file.stx_mode);
}

RESPAWND_CHILD_SIDE bool may_execute(const char* path) {
    return raw_syscall(SYS_faccessat, AT_FDCWD, raw(path), X_OK) == 0;
}

/// Looks at one folder on the way; true when it explains the failure.
RESPAWND_CHILD_SIDE bool explains(const char* folder, StartReport& report) {
    const long mode = mode_of(folder);
    if (mode == -ENOENT) {
        set(report, Finding::missing_component, folder);
        return true;
    }
    if (mode < 0) {
        return false;
    }
    if ((static_cast<unsigned>(mode) & type_mask) != directory_type) {
        set(report, Finding::component_no_directory, folder);
        return true;
    }
    if (!may_execute(folder)) {
        set(report, Finding::unsearchable_component, folder);
        return true;
    }
    return false;
}

/// Walks down to the last part; true when a folder on the way explains the failure.
RESPAWND_CHILD_SIDE bool explained_on_the_way(const char* path, StartReport& report) {
    char part[path_limit];
    std::size_t i = 0;
    for (; path[i] != '\0' && i + 1 < sizeof part; ++i) {
        if (path[i] == '/' && i > 0 && path[i - 1] != '/') {
            part[i] = '\0';
            if (explains(part, report)) {
                return true;
            }
        }
        part[i] = path[i];
    }
    return false;
}

RESPAWND_CHILD_SIDE bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

RESPAWND_CHILD_SIDE void diagnose_interpreter(const char* interpreter, StartReport& report) {
    const long mode = mode_of(interpreter);
    if (mode < 0) {
        set(report, Finding::interpreter_missing, interpreter);
    } else if (!may_execute(interpreter) ||
               (static_cast<unsigned>(mode) & type_mask) != regular_type) {
        set(report, Finding::interpreter_not_executable, interpreter);
    } else {
        set(report, Finding::interpreter_unusable, interpreter);
    }
}

/// `head` holds the start of a script. Its #! line is taken apart as the kernel does.
RESPAWND_CHILD_SIDE void diagnose_script(char* head, std::size_t size, StartReport& report) {
    std::size_t begin = 2;
    while (begin < size && is_blank(head[begin])) {
        ++begin;
    }
    std::size_t end = begin;
    while (end < size && !is_blank(head[end]) && head[end] != '\n' && head[end] != '\0') {
        ++end;
    }
    if (end == begin || end == size) {
        set(report, Finding::interpreter_missing, "");
        return;
    }
    std::size_t line_end = end;
    while (line_end < size && head[line_end] != '\n') {
        ++line_end;
    }
    const bool returns = line_end < size && head[line_end - 1] == '\r';
    if (head[end - 1] == '\r') {
        --end;
    }
    head[end] = '\0';
    if (returns && report.error == ENOENT) {
        set(report, Finding::interpreter_carriage_return, head + begin);
        return;
    }
    diagnose_interpreter(head + begin, report);
}

template <class Header>
RESPAWND_CHILD_SIDE void copy_bytes(Header& to, const char* from) {
    auto* bytes = reinterpret_cast<char*>(&to);
    for (std::size_t i = 0; i < sizeof to; ++i) {
        bytes[i] = from[i];
    }
}

/// `head` holds the start of an ELF file and a null byte behind it.
RESPAWND_CHILD_SIDE void diagnose_elf(char* head, std::size_t size, StartReport& report) {
    Elf64_Ehdr header;
    if (size < sizeof header) {
        set(report, Finding::broken_program);
        return;
    }
    copy_bytes(header, head);
    if (own_machine != EM_NONE && header.e_machine != own_machine) {
        set(report, Finding::other_machine);
        return;
    }
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        const std::size_t at = header.e_phoff + i * sizeof segment;
        if (header.e_phoff > size || at + sizeof segment > size) {
            break;
        }
        copy_bytes(segment, head + at);
        if (segment.p_type == PT_INTERP && segment.p_offset < size &&
            mode_of(head + segment.p_offset) < 0) {
            set(report, Finding::loader_missing, head + segment.p_offset);
            return;
        }
    }
    if (report.error == ENOEXEC) {
        set(report, Finding::broken_program);
    }
}

/// The file may be executed, and yet the kernel did not: its first bytes tell.
RESPAWND_CHILD_SIDE void diagnose_content(const char* path, StartReport& report) {
    char head[head_size + 1];
    const long fd =
        raw_syscall(SYS_openat, AT_FDCWD, raw(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0) {
        return;  // executable but not readable: nothing more to be learnt
    }
    const long got = raw_syscall(SYS_read, fd, raw(head), head_size);
    (void)raw_syscall(SYS_close, fd);
    if (got < 0) {
        return;
    }
    const auto size = static_cast<std::size_t>(got);
    head[size] = '\0';
    if (size == 0) {
        set(report, Finding::empty_file);
    } else if (size >= 2 && head[0] == '#' && head[1] == '!') {
        diagnose_script(head, size, report);
    } else if (size >= 4 && head[0] == '\x7f' && head[1] == 'E' && head[2] == 'L' &&
               head[3] == 'F') {
        diagnose_elf(head, size, report);
    } else if (report.error == ENOEXEC) {
        set(report, Finding::no_format);
    }
}

RESPAWND_CHILD_SIDE void diagnose_right(const char* path, unsigned mode, StartReport& report) {
    if ((mode & execute_bits) == 0) {
        set(report, Finding::no_execute_bit);
        return;
    }
    struct statfs filesystem;
    const long result = raw_syscall(SYS_statfs, raw(path), raw(&filesystem));
    const bool noexec = result == 0 && (filesystem.f_flags & mount_noexec) != 0;
    set(report, noexec ? Finding::noexec_mount : Finding::user_may_not_execute);
}

}  // namespace

RESPAWND_CHILD_SIDE void diagnose_directory(const char* path, StartReport& report) {
    if (!explained_on_the_way(path, report)) {
        const long mode = mode_of(path);
        // A missing last part needs no words beside the errno.
        if (mode >= 0) {
            (void)explains(path, report);
        }
    }
}

RESPAWND_CHILD_SIDE void diagnose_program(const char* path, StartReport& report) {
    if (explained_on_the_way(path, report)) {
        return;
    }
    const long result = mode_of(path);
    if (result < 0) {
        return;
    }
    const auto mode = static_cast<unsigned>(result);
    if ((mode & type_mask) == directory_type) {
        set(report, Finding::is_directory);
    } else if ((mode & type_mask) != regular_type) {
        set(report, Finding::not_regular);
    } else if (!may_execute(path)) {
        diagnose_right(path, mode, report);
    } else if (report.error == ENOENT || report.error == ENOEXEC || report.error == EACCES ||
               report.error == ELOOP || report.error == ENOTDIR) {
        diagnose_content(path, report);
    }
}

}  // namespace respawnd::platform
