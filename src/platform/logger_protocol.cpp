#include "platform/logger_protocol.h"

#include <algorithm>
#include <limits>

namespace respawnd::platform::logger_protocol {

namespace {

enum class Kind : std::uint8_t {
    stream_opened = 1,
    run_ended = 2,
    stream_forgotten = 3,
    finish_wanted = 4,
    trouble_began = 101,
    trouble_healed = 102,
    stream_drained = 103,
};

constexpr std::size_t max_instance = 80;
constexpr std::size_t max_file = 255;  // NAME_MAX

class Writer {
  public:
    explicit Writer(Kind kind) { bytes_.push_back(static_cast<char>(kind)); }

    Writer& number(std::uint64_t value) { return little_endian(value, 8); }
    Writer& choice(std::uint8_t value) { return little_endian(value, 1); }
    Writer& text(std::string_view value) {
        value = value.substr(0, max_text);
        little_endian(value.size(), 2);
        bytes_ += value;
        return *this;
    }
    std::string take() { return std::move(bytes_); }

  private:
    Writer& little_endian(std::uint64_t value, int size) {
        for (; size > 0; --size, value >>= 8U) {
            bytes_.push_back(static_cast<char>(value & 0xffU));
        }
        return *this;
    }

    std::string bytes_;
};

/// Reads fields one after the other. Once something is wrong everything that follows is empty, and
/// `complete` says so, so that a decoder needs one check at its end.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number() { return little_endian(8); }
    std::uint8_t choice() { return static_cast<std::uint8_t>(little_endian(1)); }
    std::string text() {
        const auto size = static_cast<std::size_t>(little_endian(2));
        if (size > max_text || size > rest_.size()) {
            valid_ = false;
            return {};
        }
        std::string value(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return value;
    }
    [[nodiscard]] bool complete() const { return valid_ && rest_.empty(); }

  private:
    std::uint64_t little_endian(std::size_t size) {
        if (rest_.size() < size) {
            valid_ = false;
            rest_ = {};
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t at = size; at-- > 0;) {
            value = value << 8U | static_cast<unsigned char>(rest_[at]);
        }
        rest_.remove_prefix(size);
        return value;
    }

    std::string_view rest_;
    bool valid_ = true;
};

bool is_generation(std::uint64_t value) {
    return value != 0 && value != std::numeric_limits<std::uint64_t>::max();
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= max_instance &&
           std::ranges::all_of(name, [](char character) {
               return (character >= 'a' && character <= 'z') ||
                      (character >= 'A' && character <= 'Z') ||
                      (character >= '0' && character <= '9') || character == '.' ||
                      character == '_' || character == '-' || character == '@';
           });
}

/// One component of a path, so that the log folder is never left.
bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= max_file && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool is_valid(const StreamOpened& message) {
    if (!is_generation(message.generation) || !is_name(message.instance) || !is_name(message.job)) {
        return false;
    }
    switch (message.target) {
        case Target::file:
            return is_file_name(message.file);
        case Target::inherit:
            return message.file.empty();
    }
    return false;
}

std::unexpected<core::Error> malformed() {
    return core::failure("malformed message");
}

std::string bytes_of(const StreamOpened& message) {
    return Writer(Kind::stream_opened)
        .number(message.generation)
        .text(message.instance)
        .text(message.job)
        .choice(static_cast<std::uint8_t>(message.target))
        .text(message.file)
        .choice(message.resumed ? 1 : 0)
        .take();
}
std::string bytes_of(const RunEnded& message) {
    return Writer(Kind::run_ended).number(message.generation).take();
}
std::string bytes_of(const StreamForgotten& message) {
    return Writer(Kind::stream_forgotten).number(message.generation).take();
}
std::string bytes_of(const FinishWanted& /*message*/) {
    return Writer(Kind::finish_wanted).take();
}
std::string bytes_of(const TroubleBegan& message) {
    return Writer(Kind::trouble_began).text(message.subject).text(message.text).take();
}
std::string bytes_of(const TroubleHealed& message) {
    return Writer(Kind::trouble_healed).text(message.subject).text(message.text).take();
}
std::string bytes_of(const StreamDrained& message) {
    return Writer(Kind::stream_drained).number(message.generation).take();
}

core::Result<ToLogger> stream_opened_from(Reader reader) {
    StreamOpened message;
    message.generation = reader.number();
    message.instance = reader.text();
    message.job = reader.text();
    message.target = static_cast<Target>(reader.choice());
    message.file = reader.text();
    const std::uint8_t resumed = reader.choice();
    message.resumed = resumed == 1;
    if (!reader.complete() || resumed > 1 || !is_valid(message)) {
        return malformed();
    }
    return message;
}

/// A message that is a generation and nothing else.
template <class Message, class Any>
core::Result<Any> generation_from(Reader reader) {
    const Message message{reader.number()};
    if (!reader.complete() || !is_generation(message.generation)) {
        return malformed();
    }
    return Any(message);
}

template <class Message>
core::Result<FromLogger> texts_from(Reader reader) {
    Message message;
    message.subject = reader.text();
    message.text = reader.text();
    if (!reader.complete()) {
        return malformed();
    }
    return FromLogger(std::move(message));
}

}  // namespace

std::string encode(const ToLogger& message) {
    return std::visit([](const auto& one) { return bytes_of(one); }, message);
}

std::string encode(const FromLogger& message) {
    return std::visit([](const auto& one) { return bytes_of(one); }, message);
}

core::Result<ToLogger> decode_to_logger(std::string_view bytes) {
    Reader reader(bytes);
    const auto kind = reader.choice();
    switch (kind) {
        case static_cast<std::uint8_t>(Kind::stream_opened):
            return stream_opened_from(reader);
        case static_cast<std::uint8_t>(Kind::run_ended):
            return generation_from<RunEnded, ToLogger>(reader);
        case static_cast<std::uint8_t>(Kind::stream_forgotten):
            return generation_from<StreamForgotten, ToLogger>(reader);
        case static_cast<std::uint8_t>(Kind::finish_wanted):
            if (!reader.complete()) {
                return malformed();
            }
            return FinishWanted{};
        default:
            return malformed();
    }
}

core::Result<FromLogger> decode_from_logger(std::string_view bytes) {
    Reader reader(bytes);
    const auto kind = reader.choice();
    switch (kind) {
        case static_cast<std::uint8_t>(Kind::trouble_began):
            return texts_from<TroubleBegan>(reader);
        case static_cast<std::uint8_t>(Kind::trouble_healed):
            return texts_from<TroubleHealed>(reader);
        case static_cast<std::uint8_t>(Kind::stream_drained):
            return generation_from<StreamDrained, FromLogger>(reader);
        default:
            return malformed();
    }
}

}  // namespace respawnd::platform::logger_protocol
