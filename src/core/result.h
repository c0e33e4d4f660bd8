// How the project reports that the system refused something. Mistakes of an operator are
// diagnostics (config/diagnostic.h); mistakes of ours abort (core/check.h).
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <system_error>
#include <utility>

namespace respawnd::core {

/// What was tried, on what, and why it failed.
struct Error {
    /// What was tried and on what, in the manner of: open "/srv/x/a.toml".
    std::string tried;
    /// An errno(3) number, or 0 when `tried` says it all.
    int number = 0;

    /// One sentence without a full stop: open "/srv/x/a.toml": Permission denied.
    [[nodiscard]] std::string text() const {
        return number == 0 ? tried : tried + ": " + std::generic_category().message(number);
    }
    /// The same failure as seen by a caller that knows more: `starting mailer` comes in front.
    [[nodiscard]] Error during(const std::string& what) && {
        return {what + ": " + std::move(tried), number};
    }
};

template <class T>
using Result = std::expected<T, Error>;

/// An error with the errno of the call that has just failed.
[[nodiscard]] inline std::unexpected<Error> system_error(std::string tried) {
    const int number = errno;
    return std::unexpected(Error{std::move(tried), number});
}

/// An error that `tried` describes whole.
[[nodiscard]] inline std::unexpected<Error> failure(std::string tried) {
    return std::unexpected(Error{std::move(tried), 0});
}

}  // namespace respawnd::core
