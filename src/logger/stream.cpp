#include "logger/stream.h"

#include <algorithm>

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

Advance drop(Stream& stream, FifoView& view, std::size_t budget) {
    const std::size_t gone = view.discard(stream.fifo.get(), std::min(budget, max_view));
    stream.file->count_dropped(gone);
    if (gone > 0) {
        return {FifoState::has_bytes, gone, false};
    }
    return {view.look(stream.fifo.get()).state, 0, false};
}

Advance into_file(Stream& stream, FifoView& view, std::size_t budget, core::Instant now) {
    switch (stream.file->check(now)) {
        case LogFile::Condition::waiting:
            return {FifoState::has_bytes, 0, true};
        case LogFile::Condition::dropping:
            return drop(stream, view, budget);
        case LogFile::Condition::good:
            break;
    }
    std::size_t size = budget;
    if (stream.keeps_lines || stream.phase == Stream::Phase::left_over) {
        const FifoView::Look look = view.look(stream.fifo.get());
        if (look.state != FifoState::has_bytes) {
            return {look.state, 0, false};
        }
        size = ripe(stream, look);
        if (size == 0) {
            return {FifoState::empty, 0, false};
        }
    }
    const LogFile::Step step = stream.file->append(stream.fifo.get(), size, stream.generation, now);
    return {step.state, step.moved, step.refused};
}

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
    const std::size_t taken = output.take(stream.instance, look.bytes.substr(0, size));
    (void)view.discard(stream.fifo.get(), taken);  // they were just seen there
    return {FifoState::has_bytes, taken, false};
}

}  // namespace

Advance advance(Stream& stream, LineOutput& output, FifoView& view, std::size_t budget,
                core::Instant now) {
    return stream.file != nullptr ? into_file(stream, view, budget, now)
                                  : to_standard_output(stream, output, view);
}

}  // namespace respawnd::logger
