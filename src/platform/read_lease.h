// Is anybody writing this file right now? The kernel knows: it grants a lease for reading only
// while nobody has the file open for writing, and lets nobody open it for writing while the lease
// is held. So what is read under a lease is what a writer has finished.
#pragma once

namespace respawnd::platform {

/// Given back when the object goes. A writer that comes meanwhile sleeps in open(2) until then, so
/// it is held only for as long as reading the file takes.
class [[nodiscard]] ReadLease {
  public:
    enum class Writer {
        none,
        present,
        /// The file system has no leases, or they are not ours to take: another user's file and
        /// no CAP_LEASE.
        unknown,
    };

    /// `fd` is a regular file that was opened for reading only; it must outlive the lease.
    explicit ReadLease(int fd);
    ReadLease(const ReadLease&) = delete;
    ReadLease& operator=(const ReadLease&) = delete;
    ~ReadLease();

    [[nodiscard]] Writer writer() const { return writer_; }

  private:
    int fd_;
    Writer writer_;
};

}  // namespace respawnd::platform
