// A value of a file on its way to becoming a value of ours. Each question is answered with what was
// asked for, or with nothing after a complaint that says what was expected, what stands there, and
// what to write. Borrows everything for the length of the reading.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/complaints.h"
#include "config/key_words.h"
#include "config/text_mistake.h"
#include "config/toml_node.h"
#include "core/time.h"

namespace respawnd::config {

/// Which control characters a text may hold. A script in a word of a command has several lines.
enum class Controls { none, newline_and_tab };

class Value {
  public:
    Value(const Node& node, const KeyWords& words, Complaints& complaints)
        : node_(node), words_(words), complaints_(complaints) {}

    /// `restart.policy`, `environment.QUEUE`: what the complaints call it.
    [[nodiscard]] std::string name() const;

    /// Adds the complaint `"KEY" MESSAGE` at this value.
    void refuse(const std::string& message, std::string hint = {}) const;
    void refuse(TextMistake mistake) const;
    /// The same at another place of the file, such as an entry's key.
    void refuse_at(Position at, const std::string& message, std::string hint = {}) const;

    [[nodiscard]] std::optional<std::string> string(Controls controls = Controls::none) const;
    [[nodiscard]] std::optional<bool> boolean() const;
    [[nodiscard]] std::optional<std::int64_t> whole_number(std::int64_t least,
                                                           std::int64_t most) const;
    [[nodiscard]] std::optional<double> number(double least, double most) const;
    /// "infinity" passes where `infinity_too`.
    [[nodiscard]] std::optional<core::Duration> duration(core::Duration least, core::Duration most,
                                                         bool infinity_too = false) const;
    /// Bytes. "infinity" is core::unlimited_size.
    [[nodiscard]] std::optional<std::uint64_t> size_or_infinity(std::uint64_t least,
                                                                std::uint64_t most) const;
    /// Octal digits in a string, at most 0777.
    [[nodiscard]] std::optional<std::uint32_t> mode() const;
    /// One word of a list, as its place in the list.
    [[nodiscard]] std::optional<std::size_t> one_of(std::span<const std::string_view> words) const;

    /// The items of an array of at most `most_words` ones.
    [[nodiscard]] std::optional<std::vector<Value>> items() const;
    /// The same, where a lone string stands for an array of one.
    [[nodiscard]] std::optional<std::vector<Value>> items_or_one() const;
    [[nodiscard]] const Table* table() const;

    [[nodiscard]] bool is_string() const;
    [[nodiscard]] const Node& node() const { return node_; }
    [[nodiscard]] const KeyWords& words() const { return words_; }
    [[nodiscard]] Complaints& complaints() const { return complaints_; }
    /// The value of an entry of this table.
    [[nodiscard]] Value entry_value(const Entry& entry) const;

    /// Complains that the type is wrong: `must be a string, not a whole number`.
    void refuse_type(std::string_view expected, std::string hint = {}) const;
    /// Complains that the value is outside of what the row of the key calls its range.
    void refuse_range() const;

  private:
    std::reference_wrapper<const Node> node_;
    std::reference_wrapper<const KeyWords> words_;
    std::reference_wrapper<Complaints> complaints_;
    std::string_view entry_;  ///< the key in a table of any names
    bool is_item_ = false;
};

/// `"always", "on-failure" or "never"`
[[nodiscard]] std::string alternatives(std::span<const std::string_view> words);

}  // namespace respawnd::config
