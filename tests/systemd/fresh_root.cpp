#include "systemd/fresh_root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace respawnd::tests {
namespace {

namespace fs = std::filesystem;

void must(bool done, const std::string& what) {
    if (!done) {
        std::perror(what.c_str());
        _exit(1);
    }
}

void mount_at(const std::string& where, const char* type, unsigned long flags = 0,
              const std::string& data = "") {
    fs::create_directories(where);
    must(mount(type, where.c_str(), type, flags, data.c_str()) == 0, "mount " + where);
}

void overlay_at(const std::string& where, const std::string& lower, const std::string& kept) {
    fs::create_directories(kept + "/upper");
    fs::create_directories(kept + "/scratch");
    mount_at(where, "overlay", 0,
             "lowerdir=" + lower + ",upperdir=" + kept + "/upper,workdir=" + kept + "/scratch");
}

void show_at(const std::string& from, const std::string& to) {
    must(mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) == 0, "bind " + to);
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    must(file.flush().good(), "write " + path);
}

void make_devices(const std::string& dev) {
    struct Node {
        const char* name;
        unsigned major;
        unsigned minor;
    };
    // The kernel's messages and the console are the machine's: here they lead nowhere.
    constexpr std::array nodes{Node{"null", 1, 3},   Node{"zero", 1, 5},    Node{"full", 1, 7},
                               Node{"random", 1, 8}, Node{"urandom", 1, 9}, Node{"tty", 5, 0},
                               Node{"kmsg", 1, 3},   Node{"console", 1, 3}};
    mount_at(dev, "tmpfs", MS_NOSUID, "mode=755");
    for (const Node& node : nodes) {
        const std::string path = dev + "/" + node.name;
        must(mknod(path.c_str(), S_IFCHR | 0666, makedev(node.major, node.minor)) == 0, path);
        must(chmod(path.c_str(), 0666) == 0, path);
    }
    fs::create_symlink("/proc/self/fd", dev + "/fd");
    mount_at(dev + "/shm", "tmpfs", MS_NOSUID | MS_NODEV);
    mount_at(dev + "/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=666,mode=620");
    fs::create_symlink("pts/ptmx", dev + "/ptmx");
}

void mount_kernel_views(const std::string& root) {
    mount_at(root + "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    // systemd raises limits of the whole machine at its start.
    show_at(root + "/proc/sys", root + "/proc/sys");
    must(mount(nullptr, (root + "/proc/sys").c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY,
               nullptr) == 0,
         "make /proc/sys read-only");
    mount_at(root + "/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_at(root + "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    make_devices(root + "/dev");
    mount_at(root + "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
    mount_at(root + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

/// The targets of this machine's systemd with nothing that a machine hangs into them, and the
/// journal; a boot of these takes a tenth of a second.
void choose_units(const std::string& root) {
    const std::string units = root + "/lib/systemd/system";
    const std::string kept = root + "/run/units";
    fs::create_directories(kept);
    for (const auto& entry : fs::directory_iterator(units)) {
        const std::string name = entry.path().filename();
        const bool is_journal =
            name == "systemd-journald.service" || name == "systemd-journald.socket";
        if (entry.is_regular_file() && !entry.is_symlink() &&
            (name.ends_with(".target") || name == "systemd-poweroff.service" || is_journal)) {
            fs::copy_file(entry.path(), kept + "/" + name);
        }
    }
    fs::create_directories(kept + "/sysinit.target.wants");
    fs::create_symlink("../systemd-journald.service",
                       kept + "/sysinit.target.wants/systemd-journald.service");
    show_at(kept, units);
    for (const char* generators : {"system-generators", "system-environment-generators"}) {
        mount_at(root + "/lib/systemd/" + generators, "tmpfs");
    }
    fs::remove_all(root + "/etc/systemd");
    fs::create_directories(root + "/etc/systemd/system");
    write_text(root + "/etc/systemd/journald.conf", "[Journal]\nStorage=volatile\n");
    write_text(root + "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    write_text(root + "/etc/fstab", "");
}

/// What a machine may have of a respawnd of its own stays out.
void forget_installed(const std::string& root) {
    for (const char* path : {"/etc/respawnd", "/usr/local/sbin/respawnd", "/usr/sbin/respawnd",
                             "/usr/local/libexec/respawnd"}) {
        fs::remove_all(root + path);
    }
}

void install(const FreshRoot& fresh, const std::string& root) {
    fs::create_directories(root + "/usr/local/sbin");
    fs::create_directories(root + "/usr/local/libexec/respawnd");
    fs::create_directories(root + "/etc/respawnd/watchdog.d");
    fs::copy_file(fresh.build + "/src/respawnd", root + "/usr/local/sbin/respawnd");
    fs::copy_file(fresh.build + "/src/respawn-logger",
                  root + "/usr/local/libexec/respawnd/respawn-logger");
    fs::copy_file(fresh.sources + "/units/respawnd.service",
                  root + "/etc/systemd/system/respawnd.service");
}

}  // namespace

void enter_fresh_root(const FreshRoot& fresh) try {
    (void)umask(022);
    must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
    mount_at(fresh.top, "tmpfs", 0, "mode=755");
    const std::string root = fresh.top + "/root";
    overlay_at(root, "/", fresh.top);
    mount_kernel_views(root);
    choose_units(root);
    forget_installed(root);
    fs::create_directories(root + fresh.sources);
    show_at(fresh.sources, root + fresh.sources);
    overlay_at(root + fresh.build, fresh.build, fresh.top + "/build");
    show_at(fresh.shared, root + "/srv");
    show_at(fresh.logs, root + "/var/log");
    if (fresh.is_installed) {
        install(fresh, root);
    }
    const std::string old = root + "/old";
    fs::create_directories(old);
    must(chdir(root.c_str()) == 0 && syscall(SYS_pivot_root, ".", "old") == 0, "pivot_root");
    must(umount2("/old", MNT_DETACH) == 0 && chdir("/") == 0, "leave the old root");
    fs::remove("/old");
} catch (const fs::filesystem_error& problem) {
    (void)std::fprintf(stderr, "%s\n", problem.what());
    _exit(1);
}

}  // namespace respawnd::tests
