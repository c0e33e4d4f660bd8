// Walks a document by the rows of a table of keys: finds what the rows know, and complains about
// the rest, with the key that was probably meant.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.h"
#include "config/key_words.h"
#include "config/toml_node.h"

namespace respawnd::config {

/// An entry of the document, and the place of its row among those that the set was made of.
struct FoundKey {
    std::size_t row = 0;
    const Entry* entry = nullptr;
};

class KeySet {
  public:
    /// `prefix` is the table below which the rows stand: "defaults", or "" for the whole file.
    KeySet(std::vector<KeyWords> rows, std::string_view prefix);

    /// Every entry that a supported row describes, in the order of the rows' tables in the file.
    /// A table called `except` at the top is left to somebody else.
    [[nodiscard]] std::vector<FoundKey> find_in(const Table& root, Complaints& complaints,
                                                std::string_view except = {}) const;

    /// True when a row of another table would be meant by that name below a [table].
    [[nodiscard]] bool has(std::string_view table, std::string_view name) const;
    /// `belongs above the first [table]`, `belongs into [stop]`.
    [[nodiscard]] std::string belongs(std::string_view table) const;

  private:
    void find_in_table(std::string_view table, std::span<const Entry> entries,
                       Complaints& complaints, std::vector<FoundKey>& found) const;
    void complain_of_no_table(const Entry& entry, Complaints& complaints) const;
    void complain_of_unknown(std::string_view table, const Entry& entry,
                             Complaints& complaints) const;
    [[nodiscard]] std::string hint_for(std::string_view table, std::string_view name) const;
    [[nodiscard]] std::optional<std::string> right_table_hint(std::string_view table,
                                                              std::string_view name) const;
    [[nodiscard]] std::string header(std::string_view table) const;
    [[nodiscard]] std::string shown(std::string_view table, std::string_view name) const;
    [[nodiscard]] bool has_supported(std::string_view table) const;

    std::vector<KeyWords> rows_;
    std::string prefix_;
    std::map<std::string, std::size_t, std::less<>> by_name_;  ///< dotted name -> row
    std::vector<std::string_view> tables_;
};

}  // namespace respawnd::config
