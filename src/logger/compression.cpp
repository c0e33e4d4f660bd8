#include "logger/compression.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

namespace respawnd::logger {
namespace {

using Context = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;

core::Result<void> write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return core::system_error("write a compressed log");
        }
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return {};
}

/// One piece of the original, or its end.
core::Result<void> compress_piece(ZSTD_CCtx* context, ZSTD_inBuffer in, bool is_end,
                                  std::vector<char>& buffer, int to) {
    for (;;) {
        ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
        const std::size_t left =
            ZSTD_compressStream2(context, &out, &in, is_end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left) != 0) {
            return core::failure(std::string("compress a log: ") + ZSTD_getErrorName(left));
        }
        if (auto written = write_all(to, {buffer.data(), out.pos}); !written) {
            return written;
        }
        if (is_end ? left == 0 : in.pos == in.size) {
            return {};
        }
    }
}

core::Result<void> keep_rights(int from, int to) {
    struct stat status{};
    if (::fstat(from, &status) != 0) {
        return core::system_error("look at a rotated log");
    }
    const std::array times{status.st_atim, status.st_mtim};
    // The group may be one that the logger cannot give; then nobody may read it through the group.
    constexpr mode_t all = 07777;
    const bool given = ::fchown(to, static_cast<uid_t>(-1), status.st_gid) == 0;
    const mode_t mode = given ? status.st_mode & all : status.st_mode & all & ~mode_t{S_IRWXG};
    if (::fchmod(to, mode) != 0 || ::futimens(to, times.data()) != 0) {
        return core::system_error("give a compressed log its rights");
    }
    return {};
}

}  // namespace

core::Result<void> compress(int from, int to) {
    const Context context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    if (!context) {
        return core::failure("compress a log: out of memory");
    }
    std::vector<char> in(ZSTD_CStreamInSize());
    std::vector<char> out(ZSTD_CStreamOutSize());
    (void)ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    for (off_t at = 0;;) {
        const ssize_t size = ::pread(from, in.data(), in.size(), at);
        if (size < 0) {
            return core::system_error("read a rotated log");
        }
        at += size;
        const ZSTD_inBuffer piece{in.data(), static_cast<std::size_t>(size), 0};
        if (auto done = compress_piece(context.get(), piece, size == 0, out, to); !done) {
            return done;
        }
        if (size == 0) {
            break;
        }
    }
    if (auto kept = keep_rights(from, to); !kept) {
        return kept;
    }
    if (::fdatasync(to) != 0) {
        return core::system_error("write a compressed log");
    }
    return {};
}

}  // namespace respawnd::logger
