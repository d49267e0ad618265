// Finds what a misspelt word was probably meant to be.
#include "support/nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

namespace kdlc {

int edit_distance(std::string_view left, std::string_view right, int limit) {
  const int difference = std::abs(static_cast<int>(left.size()) - static_cast<int>(right.size()));
  if (difference > limit) {
    return limit + 1;
  }
  // Three rows of the dynamic programme: a swap of neighbours looks two rows back.
  std::vector<int> before_last(right.size() + 1);
  std::vector<int> last(right.size() + 1);
  std::vector<int> current(right.size() + 1);
  for (std::size_t column = 0; column <= right.size(); ++column) {
    last[column] = static_cast<int>(column);
  }
  for (std::size_t row = 1; row <= left.size(); ++row) {
    current[0] = static_cast<int>(row);
    int best_of_row = current[0];
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const int replace = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
      int best = std::min({replace, last[column] + 1, current[column - 1] + 1});
      if (row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1]) {
        best = std::min(best, before_last[column - 2] + 1);
      }
      current[column] = best;
      best_of_row = std::min(best_of_row, best);
    }
    if (best_of_row > limit + 1) {
      return limit + 1;
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return std::min(last[right.size()], limit + 1);
}

namespace {

/// The time grows with the square of the length, and nobody misspells a word longer than this.
constexpr std::size_t kLongestWord = 100;

std::string lower_case(std::string_view word) {
  std::string result(word);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return result;
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > kLongestWord) {
    return std::nullopt;
  }
  const int limit = word.size() >= 9 ? 3 : word.size() >= 5 ? 2 : 1;
  const std::string lower = lower_case(word);
  const std::string* nearest = nullptr;
  int nearest_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word.size() + static_cast<std::size_t>(limit)) {
      continue;
    }
    // A difference in case alone is nearer than any other slip.
    const int distance = lower_case(candidate) == lower ? 0 : edit_distance(word, candidate, limit);
    // A word of which every letter would change is not near.
    if (distance < nearest_distance && distance < static_cast<int>(std::max(word.size(), candidate.size()))) {
      nearest = &candidate;
      nearest_distance = distance;
    }
  }
  return nearest == nullptr ? std::nullopt : std::optional<std::string>(*nearest);
}

}  // namespace kdlc
