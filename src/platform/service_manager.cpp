#include "platform/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace respawnd::platform {
namespace {

std::optional<long long> number_in(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr) {
        return std::nullopt;
    }
    long long number = 0;
    const char* end = text + std::strlen(text);
    const auto [stop, problem] = std::from_chars(text, end, number);
    const bool is_number = problem == std::errc() && stop == end && number > 0;
    return is_number ? std::optional(number) : std::nullopt;
}

std::optional<core::Duration> watchdog_from_environment() {
    const auto usec = number_in("WATCHDOG_USEC");
    const auto pid = number_in("WATCHDOG_PID");
    const bool is_ours = std::getenv("WATCHDOG_PID") == nullptr || pid == getpid();
    return usec && is_ours ? std::optional(core::Duration(*usec / 2)) : std::nullopt;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
    ServiceManager manager;
    manager.watchdog_ = watchdog_from_environment();
    if (const char* address = std::getenv("NOTIFY_SOCKET")) {
        manager.address_ = address;
    }
    for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
        (void)unsetenv(variable);
    }
    const bool is_address = manager.address_.starts_with('/') || manager.address_.starts_with('@');
    if (!is_address || manager.address_.size() >= sizeof(sockaddr_un::sun_path)) {
        manager.watchdog_ = std::nullopt;
        return manager;
    }
    if (manager.address_[0] == '@') {
        manager.address_[0] = '\0';
    }
    manager.socket_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return manager;
}

bool ServiceManager::tell(std::string_view lines) const {
    if (!socket_) {
        return true;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const ssize_t sent = sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
    return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

}  // namespace respawnd::platform
