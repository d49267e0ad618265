// What is known of sizes that are chosen at run time.
#include "check/size_facts.hpp"

#include "check/elaboration.hpp"

namespace kdlc::check {

namespace {

constexpr std::int64_t kUnbounded = std::int64_t{1} << 31;
constexpr std::size_t kMostSymbols = 4;

/// Sizes are monotone in each symbol in all that a person writes (sums, multiples, quotients), so the corners decide.
bool holds_at_corners(const SizeFacts& facts, const Dim& dim, const std::vector<std::string>& symbols) {
  for (std::size_t corner = 0; corner < (std::size_t{1} << symbols.size()); ++corner) {
    std::map<std::string, std::int64_t> values;
    for (std::size_t index = 0; index < symbols.size(); ++index) {
      const auto bound = facts.bounds.find(symbols[index]);
      const std::int64_t largest = bound == facts.bounds.end() ? kUnbounded : bound->second;
      const auto multiple = facts.multiples.find(symbols[index]);
      const std::int64_t smallest = multiple == facts.multiples.end() ? 1 : multiple->second;
      values[symbols[index]] = ((corner >> index) & 1U) == 0 ? smallest : largest;
    }
    const std::optional<std::int64_t> value = dim.evaluate(values);
    if (!value || *value < 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

SizeFacts size_facts(const Elaboration& elaboration) {
  return {elaboration.dim_bounds, elaboration.multiples, elaboration.never_negative};
}

bool is_never_negative(const SizeFacts& facts, const Dim& dim) {
  if (dim.is_constant()) {
    return dim.constant() >= 0;
  }
  for (const Dim& fact : facts.never_negative) {
    const Dim rest = dim - fact;
    if (rest.is_constant() && rest.constant() >= 0) {
      return true;
    }
  }
  const std::vector<std::string> symbols = dim.symbols();
  return symbols.size() <= kMostSymbols && holds_at_corners(facts, dim, symbols);
}

}  // namespace kdlc::check
