// Finds what a misspelt word was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kdlc {

/// The number of insertions, deletions, replacements and swaps of neighbours (optimal string alignment)
/// that turn one word into the other, capped at `limit + 1`.
int edit_distance(std::string_view left, std::string_view right, int limit);

/// The candidate nearest to `word`: within distance 1, or 2 from five letters, or 3 from nine; case is ignored
/// when that alone differs. Ties go to the earlier candidate; nullopt when none is near.
std::optional<std::string> nearest_name(std::string_view word, std::span<const std::string> candidates);

}  // namespace kdlc
