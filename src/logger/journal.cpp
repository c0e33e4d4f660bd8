#include "logger/journal.h"

#include <unistd.h>

#include <array>
#include <string>

// An entry tells of the job; where in this file it was sent is nobody's business.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "logger/drop_mark.h"

namespace respawnd::logger {
namespace {

/// An entry has to fit into a datagram.
constexpr std::size_t longest_entry = 48 * 1024;
constexpr std::size_t batch = 64 * 1024;

iovec field(const std::string& text) {
    return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

core::Result<void> Journal::carry_out(Order& order) {
    // sd_journal_sendv(3) says nothing when there is no journal.
    constexpr const char* socket = "/run/systemd/journal/socket";
    if (::access(socket, F_OK) != 0) {
        return core::failure("send output to the journal: there is no " + std::string(socket) +
                             ", so no journal runs here; use target = \"file\"");
    }
    core::Result<void> done;
    if (!order.before.empty()) {
        done = send(order, order.before);
        if (done) {
            order.before.clear();
        }
    }
    if (done) {
        done = send_spool(order);
    }
    if (done && order.dropped != 0) {
        done = send(order, drop_mark(order.dropped, order.drop_reason));
        if (done) {
            order.dropped = 0;
            order.spool->note_dropped(0);
        }
    }
    if (done && !order.after.empty()) {
        done = send(order, order.after);
        if (done) {
            order.after.clear();
        }
    }
    return done;
}

core::Result<void> Journal::send(const Order& order, std::string_view line) {
    const std::string message = "MESSAGE=" + std::string(line);
    const std::string identifier = "SYSLOG_IDENTIFIER=" + order.job;
    const std::string job = "RESPAWND_JOB=" + order.job;
    const std::string instance = "RESPAWND_INSTANCE=" + order.instance;
    const bool is_error = order.channel == platform::Channel::error;
    const std::string priority = "PRIORITY=" + std::to_string(is_error ? LOG_ERR : LOG_INFO);
    const std::array fields{field(message), field(priority), field(identifier), field(job),
                            field(instance)};
    if (const int sent = ::sd_journal_sendv(fields.data(), static_cast<int>(fields.size()));
        sent < 0) {
        return std::unexpected(core::Error{"send output to the journal", -sent});
    }
    lane_.has_moved();
    return {};
}

core::Result<void> Journal::send_spool(Order& order) {
    Spool& spool = *order.spool;
    buffer_.resize(batch);
    while (spool.size() > 0) {
        const auto bytes = spool.read(0, batch, buffer_);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        const bool ends_lines = order.is_last;
        std::size_t sent = 0;
        while (sent < bytes->size()) {
            const std::string_view rest = bytes->substr(sent);
            const std::string_view line = rest.substr(0, rest.substr(0, longest_entry).find('\n'));
            const bool is_whole = line.size() < rest.size() && rest[line.size()] == '\n';
            const bool is_long = line.size() >= longest_entry;
            if (!is_whole && !is_long && !(ends_lines && bytes->size() == spool.size())) {
                break;
            }
            const std::string_view entry = line.substr(0, longest_entry);
            if (auto done = send(order, entry); !done) {
                (void)spool.written(sent);
                return done;
            }
            sent += entry.size() + (is_whole && !is_long ? 1 : 0);
        }
        if (sent == 0) {
            return {};  // a half line, which waits for its end
        }
        if (auto noted = spool.written(sent); !noted) {
            return noted;
        }
    }
    return {};
}

}  // namespace respawnd::logger
