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
    resume_ended = 5,
    output_changed = 6,
    rotate_wanted = 7,
    total_limit = 8,
    trouble_began = 101,
    trouble_healed = 102,
    stream_drained = 103,
};

constexpr std::size_t max_instance = 80;
constexpr std::size_t max_file = 255;  // NAME_MAX
constexpr std::uint64_t max_mode = 0777;
constexpr std::uint64_t max_keep = 1000;

class Writer {
  public:
    explicit Writer(Kind kind) { bytes_.push_back(static_cast<char>(kind)); }

    Writer& number(std::uint64_t value) { return little_endian(value, 8); }
    Writer& choice(std::uint8_t value) { return little_endian(value, 1); }
    Writer& yes(bool value) { return choice(value ? 1 : 0); }
    Writer& name(OutputName value) {
        return number(value.generation).choice(static_cast<std::uint8_t>(value.channel));
    }
    Writer& output(const Output& value) {
        return choice(static_cast<std::uint8_t>(value.target))
            .text(value.file)
            .number(value.mode)
            .number(value.group)
            .number(value.max_size)
            .number(value.keep)
            .number(value.max_total)
            .choice(static_cast<std::uint8_t>(value.compression))
            .yes(value.timestamps);
    }
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
    bool yes() {
        const std::uint8_t value = choice();
        valid_ = valid_ && value <= 1;
        return value == 1;
    }
    OutputName name() {
        const std::uint64_t generation = number();
        return {generation, yes() ? Channel::error : Channel::output};
    }
    Output output() {
        Output value;
        value.target = static_cast<Target>(choice());
        value.file = text();
        value.mode = number();
        value.group = number();
        value.max_size = number();
        value.keep = number();
        value.max_total = number();
        value.compression = yes() ? Compression::zstd : Compression::none;
        value.timestamps = yes();
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

/// A name in the log folder, which is never left, or an absolute path.
bool is_file(std::string_view file) {
    if (file.empty() || file.ends_with('/') || file.find('\0') != std::string_view::npos) {
        return false;
    }
    const std::string_view last = file.substr(file.rfind('/') + 1);
    return last.size() <= max_file && last != "." && last != ".." &&
           (file.front() == '/' || last.size() == file.size());
}

bool is_valid(const Output& output) {
    if (output.mode > max_mode || output.keep > max_keep) {
        return false;
    }
    switch (output.target) {
        case Target::file:
            return is_file(output.file);
        case Target::inherit:
        case Target::journal:
            return output.file.empty();
    }
    return false;
}

bool is_valid(const StreamOpened& message) {
    return is_generation(message.name.generation) && is_name(message.instance) &&
           is_name(message.job) && is_valid(message.output);
}
bool is_valid(const OutputChanged& message) {
    return is_generation(message.name.generation) && is_valid(message.output);
}
bool is_valid(const StreamForgotten& message) {
    return is_generation(message.name.generation);
}
bool is_valid(const RunEnded& message) {
    return is_generation(message.generation);
}
bool is_valid(const RotateWanted& message) {
    return message.file.empty() || is_file(message.file);
}
bool is_valid(const StreamDrained& message) {
    return is_generation(message.name.generation);
}
template <class Message>
bool is_valid(const Message& /*message*/) {
    return true;
}

std::unexpected<core::Error> malformed() {
    return core::failure("malformed message");
}

std::string bytes_of(const StreamOpened& message) {
    return Writer(Kind::stream_opened)
        .name(message.name)
        .text(message.instance)
        .text(message.job)
        .output(message.output)
        .yes(message.resumed)
        .text(message.event)
        .take();
}
std::string bytes_of(const ResumeEnded& /*message*/) {
    return Writer(Kind::resume_ended).take();
}
std::string bytes_of(const OutputChanged& message) {
    return Writer(Kind::output_changed).name(message.name).output(message.output).take();
}
std::string bytes_of(const RunEnded& message) {
    return Writer(Kind::run_ended).number(message.generation).text(message.event).take();
}
std::string bytes_of(const StreamForgotten& message) {
    return Writer(Kind::stream_forgotten).name(message.name).take();
}
std::string bytes_of(const RotateWanted& message) {
    return Writer(Kind::rotate_wanted).text(message.file).take();
}
std::string bytes_of(const TotalLimit& message) {
    return Writer(Kind::total_limit).number(message.bytes).take();
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
    return Writer(Kind::stream_drained).name(message.name).take();
}

void read(Reader& reader, StreamOpened& message) {
    message.name = reader.name();
    message.instance = reader.text();
    message.job = reader.text();
    message.output = reader.output();
    message.resumed = reader.yes();
    message.event = reader.text();
}
void read(Reader& reader, OutputChanged& message) {
    message.name = reader.name();
    message.output = reader.output();
}
void read(Reader& reader, RunEnded& message) {
    message.generation = reader.number();
    message.event = reader.text();
}
void read(Reader& reader, StreamForgotten& message) {
    message.name = reader.name();
}
void read(Reader& reader, RotateWanted& message) {
    message.file = reader.text();
}
void read(Reader& reader, TotalLimit& message) {
    message.bytes = reader.number();
}
void read(Reader& /*reader*/, ResumeEnded& /*message*/) {}
void read(Reader& /*reader*/, FinishWanted& /*message*/) {}
void read(Reader& reader, StreamDrained& message) {
    message.name = reader.name();
}
/// TroubleBegan and TroubleHealed.
template <class Message>
void read(Reader& reader, Message& message) {
    message.subject = reader.text();
    message.text = reader.text();
}

template <class Message, class Any>
core::Result<Any> decoded(Reader reader) {
    Message message;
    read(reader, message);
    if (!reader.complete() || !is_valid(message)) {
        return malformed();
    }
    return Any(std::move(message));
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
    switch (static_cast<Kind>(reader.choice())) {
        case Kind::stream_opened:
            return decoded<StreamOpened, ToLogger>(reader);
        case Kind::resume_ended:
            return decoded<ResumeEnded, ToLogger>(reader);
        case Kind::output_changed:
            return decoded<OutputChanged, ToLogger>(reader);
        case Kind::run_ended:
            return decoded<RunEnded, ToLogger>(reader);
        case Kind::stream_forgotten:
            return decoded<StreamForgotten, ToLogger>(reader);
        case Kind::rotate_wanted:
            return decoded<RotateWanted, ToLogger>(reader);
        case Kind::total_limit:
            return decoded<TotalLimit, ToLogger>(reader);
        case Kind::finish_wanted:
            return decoded<FinishWanted, ToLogger>(reader);
        case Kind::trouble_began:
        case Kind::trouble_healed:
        case Kind::stream_drained:
            break;
    }
    return malformed();
}

core::Result<FromLogger> decode_from_logger(std::string_view bytes) {
    Reader reader(bytes);
    switch (static_cast<Kind>(reader.choice())) {
        case Kind::trouble_began:
            return decoded<TroubleBegan, FromLogger>(reader);
        case Kind::trouble_healed:
            return decoded<TroubleHealed, FromLogger>(reader);
        case Kind::stream_drained:
            return decoded<StreamDrained, FromLogger>(reader);
        case Kind::stream_opened:
        case Kind::resume_ended:
        case Kind::output_changed:
        case Kind::run_ended:
        case Kind::stream_forgotten:
        case Kind::rotate_wanted:
        case Kind::total_limit:
        case Kind::finish_wanted:
            break;
    }
    return malformed();
}

}  // namespace respawnd::platform::logger_protocol
