// Finds what the epilogue of a sum adds to it first.
#include "codegen/kernels/sum_start.hpp"

#include <algorithm>
#include <vector>

namespace kdlc::codegen {
namespace {

using graph::MapOp;
using graph::MapTerm;

bool uses(const MapTerm& term, std::uint32_t value) {
  const auto* const end = term.arguments.begin() + graph::operand_count(term.op);
  return std::find(term.arguments.begin(), end, value) != end;
}

/// The one term that uses the value; nothing where there are more, or none.
std::optional<std::uint32_t> only_use(const std::vector<MapTerm>& terms, std::uint32_t value) {
  const auto is_use = [&](const MapTerm& term) { return uses(term, value); };
  const auto found = std::find_if(terms.begin(), terms.end(), is_use);
  if (found == terms.end() || std::find_if(found + 1, terms.end(), is_use) != terms.end()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(found - terms.begin());
}

}  // namespace

std::optional<SumStart> find_sum_start(const graph::MapExpression& epilogue) {
  const std::vector<MapTerm>& terms = epilogue.terms;
  const auto sum = std::find_if(terms.begin(), terms.end(),
                                [](const MapTerm& term) { return term.op == MapOp::operand && term.operand == 0; });
  if (sum == terms.end() || !is_float(sum->dtype)) {
    return std::nullopt;
  }
  const auto sum_value = static_cast<std::uint32_t>(sum - terms.begin());
  const std::optional<std::uint32_t> use = only_use(terms, sum_value);
  if (!use || terms[*use].op != MapOp::add) {
    return std::nullopt;
  }
  const std::array<std::uint32_t, 3>& arguments = terms[*use].arguments;
  const std::uint32_t added = arguments[0] == sum_value ? arguments[1] : arguments[0];
  if (terms[added].op != MapOp::operand || terms[added].operand == 0 || only_use(terms, added) != use) {
    return std::nullopt;
  }
  SumStart start{.operand = terms[added].operand, .rest = epilogue};
  start.rest.terms[*use] = *sum;
  return start;
}

}  // namespace kdlc::codegen
