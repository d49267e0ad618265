// Contractions by Strassen's seven products.
//
//   for every product:
//     for some rows of a half:
//       sums = a quarter of left ± another
//       a quarter of the output, and another one, ±= sums × weights of the product     a contraction with two outputs
#include "plan/strassen.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {
namespace {

using plan::ContractionStep;

const char* const kFirstRow = "first row";  // no identifier of the language has a space in it

void emit_product(Emitter& emitter, const plan::StrassenProduct& product) {
  if (product.sum) {
    emit_map(emitter, *product.sum);
  }
  if (product.to_other) {
    emit_contraction(emitter, product.to_one, *product.to_other);
  } else {
    emit_contraction(emitter, product.to_one);
  }
}

void emit_strassen(Emitter& emitter, const ContractionStep& step) {
  const std::int64_t rows = step.strassen->rows / 2;
  const std::int64_t at_once = step.strassen->rows_at_once;
  const std::int64_t whole = rows / at_once * at_once;
  for (std::size_t number = 0; number < plan::kStrassenProducts; ++number) {
    for_each(emitter, {.begin = emitter.integer(0), .end = emitter.integer(whole), .step = at_once},
             [&](llvm::Value* first) {
               emitter.frame.sizes[kFirstRow] = first;
               emitter.frame.turns.insert(kFirstRow);
               emit_product(emitter, plan::strassen_product(step, number, Dim::symbol(kFirstRow), at_once));
               emitter.frame.turns.erase(kFirstRow);
               emitter.frame.sizes.erase(kFirstRow);
             });
    if (whole < rows) {
      emit_product(emitter, plan::strassen_product(step, number, Dim(whole), rows - whole));
    }
  }
}

}  // namespace

void emit_contraction_in_best_form(Emitter& emitter, const ContractionStep& step) {
  if (!plan::may_use_strassen(step)) {
    emit_contraction(emitter, step);
  } else if (step.rows.front().is_constant()) {
    emit_strassen(emitter, step);
  } else {
    llvm::Value* is_whole =
        emitter.builder.CreateICmpEQ(emitter.count(step.rows.front()), emitter.integer(step.strassen->rows));
    if_then(emitter, is_whole, [&] { emit_strassen(emitter, step); });
    if_then(emitter, emitter.builder.CreateNot(is_whole), [&] { emit_contraction(emitter, step); });
  }
}

}  // namespace kdlc::codegen
