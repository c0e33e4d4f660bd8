#include "logger/stream.h"

#include <algorithm>
#include <chrono>

#include "logger/line_stamp.h"

namespace respawnd::logger {

namespace {

/// How much of what was seen may leave the FIFO. A half line stays there until its end comes, or
/// until it is known that no end will come.
std::size_t ripe(const Stream& stream, const FifoView::Look& look) {
    const std::size_t lines = whole_lines(look.bytes, false);
    if (lines > 0) {
        return lines;
    }
    if (stream.phase == Stream::Phase::ending) {
        return std::min(stream.left, look.bytes.size());
    }
    return look.full || stream.hung_up ? look.bytes.size() : 0;
}

}  // namespace

Advance to_standard_output(Stream& stream, LineOutput& output, FifoView& view) {
    if (!output.has_room() && !output.flush()) {
        return {FifoState::has_bytes, 0, true};
    }
    const FifoView::Look look = view.look(stream.fifo.get());
    if (look.state != FifoState::has_bytes) {
        return {look.state, 0, false};
    }
    const std::size_t size = ripe(stream, look);
    if (size == 0) {
        return {FifoState::empty, 0, false};
    }
    const std::string stamp =
        stream.order.rules->timestamps ? line_stamp(std::chrono::system_clock::now()) : "";
    const std::size_t taken =
        output.take(stamp + stream.order.instance, look.bytes.substr(0, size));
    (void)view.discard(stream.fifo.get(), taken);  // they were just seen there
    return {FifoState::has_bytes, taken, false};
}

}  // namespace respawnd::logger
