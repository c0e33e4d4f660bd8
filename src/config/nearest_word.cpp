#include "config/nearest_word.h"

#include <algorithm>
#include <vector>

namespace respawnd::config {
namespace {

// Nobody mistypes a word into one much longer; and the work grows with the square of the length.
constexpr std::size_t longest_word_compared = 40;

char folded(char c) {
    if (c >= 'A' && c <= 'Z') {
        return static_cast<char>(c + ('a' - 'A'));
    }
    return c == '-' ? '_' : c;
}

std::size_t farthest(std::string_view word) {
    // One slip in a short word, two in most, three in a long one.
    return word.size() <= 3 ? 1 : word.size() <= 8 ? 2 : 3;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Rows of the usual table: row i holds the distances between the first i letters of `a` and
    // every beginning of `b`. A swap looks two rows back.
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced =
                last[j - 1] + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                                 folded(a[i - 2]) == folded(b[j - 1]);
            if (swapped) {
                current[j] = std::min(current[j], before_last[j - 2] + 1);
            }
        }
        std::swap(before_last, last);
        std::swap(last, current);
    }
    return last[b.size()];
}

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates) {
    if (word.size() > longest_word_compared) {
        return std::nullopt;
    }
    std::optional<std::string_view> nearest;
    std::size_t least = farthest(word) + 1;
    for (const std::string_view candidate : candidates) {
        // `warn` is short for `warning`, however many letters are missing.
        const bool is_short_for = word.size() >= 3 && candidate.starts_with(word);
        const std::size_t distance = is_short_for
                                         ? std::min(edit_distance(word, candidate), farthest(word))
                                         : edit_distance(word, candidate);
        // A word of which nothing is left is another word.
        if (distance < least && distance < std::max(word.size(), candidate.size())) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace respawnd::config
