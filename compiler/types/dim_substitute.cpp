// Another size for a symbol.
#include "support/assert.hpp"
#include "types/dim.hpp"

namespace kdlc {
namespace {

Dim substitute_atom(const Dim::Term& term, const std::string& symbol, const Dim& size) {
  std::vector<Dim> operands;
  for (const Dim& operand : term.operands) {
    operands.push_back(substitute(operand, symbol, size));
  }
  switch (term.opaque) {
    case Dim::Opaque::symbol:
      return term.symbol == symbol ? size : Dim::symbol(term.symbol);
    case Dim::Opaque::floor_divide:
      return floor_divide(operands[0], operands[1]);
    case Dim::Opaque::remainder:
      return remainder(operands[0], operands[1]);
    case Dim::Opaque::product: {
      Dim product = 1;
      for (const Dim& operand : operands) {
        product = product * operand;
      }
      return product;
    }
    case Dim::Opaque::minimum:
      return minimum(operands[0], operands[1]);
    case Dim::Opaque::maximum:
      return maximum(operands[0], operands[1]);
  }
  KDLC_UNREACHABLE("every kind of term is rebuilt");
}

}  // namespace

Dim substitute(const Dim& dim, const std::string& symbol, const Dim& size) {
  Dim result = dim.constant_part();
  for (const Dim::Term& term : dim.terms()) {
    result = result + substitute_atom(term, symbol, size) * Dim(term.coefficient);
  }
  return result;
}

}  // namespace kdlc
