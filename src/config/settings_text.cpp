#include "config/settings_text.h"

#include <optional>
#include <string_view>
#include <variant>

#include "config/job_keys.h"
#include "config/settings_reader.h"

namespace respawnd::config {
namespace {

/// Writes keys below their headers; a header stands once, before the first of its keys.
class Page {
  public:
    explicit Page(std::string_view prefix) : prefix_(prefix) {}

    void add(const KeyWords& words, const std::optional<std::string>& value) {
        if (words.table != table_ || is_new_) {
            add_header(words.table);
        }
        if (value) {
            text_ += std::string(words.name) + " = " + *value + "\n";
        } else {
            text_ += "# " + std::string(words.name) + " is not set\n";
        }
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    void add_header(std::string_view table) {
        table_ = table;
        is_new_ = false;
        std::string name = prefix_;
        if (!name.empty() && !table.empty()) {
            name += '.';
        }
        name += table;
        if (!name.empty()) {
            text_ += "\n[" + name + "]\n";
        }
    }

    std::string prefix_;
    std::string_view table_;
    std::string text_;
    bool is_new_ = true;
};

std::optional<std::string> default_value(const KeyWords& words, const Table& defaults) {
    const Table* table = &defaults;
    if (!words.table.empty()) {
        const Node* inner = find(defaults, words.table);
        table = inner == nullptr ? nullptr : std::get_if<Table>(&inner->value);
    }
    const Node* node = table == nullptr ? nullptr : find(*table, words.name);
    if (node != nullptr) {
        return toml_text(*node);
    }
    return words.fallback.empty() ? std::nullopt : std::optional(std::string(words.fallback));
}

}  // namespace

std::string settings_text(const core::Settings& settings, const Defaults& defaults) {
    Page own("");
    for (const SettingsKey& key : settings_keys()) {
        if (key.words.supported) {
            own.add(key.words, key.text(settings));
        }
    }
    Page of_jobs("defaults");
    for (const JobKey& key : job_keys()) {
        if (key.words.supported && key.in_defaults) {
            of_jobs.add(key.words, default_value(key.words, defaults.table));
        }
    }
    return own.text() + of_jobs.text();
}

}  // namespace respawnd::config
