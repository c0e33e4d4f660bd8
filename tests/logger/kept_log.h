// All that is in a log file and in those rotated from it, as an operator would read it: the oldest
// first, the compressed ones unpacked.
#pragma once

#include <gtest/gtest.h>
#include <zstd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace respawnd::tests {

[[nodiscard]] inline std::string unpacked(const std::string& compressed) {
    ZSTD_DStream* stream = ZSTD_createDStream();
    ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
    std::string text;
    std::array<char, 64 * 1024> piece{};
    std::size_t left = 1;
    while (in.pos < in.size && ZSTD_isError(left) == 0) {
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        left = ZSTD_decompressStream(stream, &out, &in);
        text.append(piece.data(), out.pos);
    }
    (void)ZSTD_freeDStream(stream);
    EXPECT_EQ(left, 0U) << "a compressed log is not whole";
    return text;
}

[[nodiscard]] inline std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// `path` is that of the log file itself. A number that is there in both forms is a fault.
[[nodiscard]] inline std::string kept_log(const std::string& path) {
    std::string text = bytes_of(path);
    for (int number = 1;; ++number) {
        const std::string plain = path + "." + std::to_string(number);
        const std::string packed = plain + ".zst";
        if (std::filesystem::exists(packed)) {
            EXPECT_FALSE(std::filesystem::exists(plain)) << plain << " is there twice";
            text.insert(0, unpacked(bytes_of(packed)));
        } else if (std::filesystem::exists(plain)) {
            text.insert(0, bytes_of(plain));
        } else {
            return text;
        }
    }
}

}  // namespace respawnd::tests
