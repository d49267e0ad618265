// Contractions by Strassen's seven products.
//
//   for every product:
//     for some rows of a half:
//       sums = a quarter of left ± another
//       a quarter of the output, and another one, ±= sums × weights of the product     a contraction with two outputs
//
// and in Winograd's variant
//
//   for some rows of a half:
//     for some columns of a half:
//       for every product:
//         sums of quarters of left, where these columns are the first ones
//         one place, and another one, = a place ± sums × weights of the product
#include "plan/strassen.hpp"

#include <functional>

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

/// For the rows of a half, some at a time.
void for_each_rows(Emitter& emitter, const plan::StrassenForm& form,
                   const std::function<void(const Dim& first, std::int64_t rows)>& body) {
  const std::int64_t rows = form.rows / 2;
  const std::int64_t whole = rows / form.rows_at_once * form.rows_at_once;
  for_each(emitter, {.begin = emitter.integer(0), .end = emitter.integer(whole), .step = form.rows_at_once},
           [&](llvm::Value* first) {
             emitter.frame.sizes[kFirstRow] = first;
             emitter.frame.turns.insert(kFirstRow);
             body(Dim::symbol(kFirstRow), form.rows_at_once);
             emitter.frame.turns.erase(kFirstRow);
             emitter.frame.sizes.erase(kFirstRow);
           });
  if (whole < rows) {
    body(whole, rows - whole);
  }
}

void emit_strassen(Emitter& emitter, const ContractionStep& step) {
  const plan::StrassenForm& form = *step.strassen;
  const auto emit_all = [&](std::size_t number, std::int64_t turn, const Dim& first, std::int64_t rows) {
    emit_product(emitter,
                 plan::strassen_product(step, {.number = number, .turn = turn, .first_row = first, .rows = rows}));
  };
  if (form.variant == plan::StrassenVariant::winograd) {
    for_each_rows(emitter, form, [&](const Dim& first, std::int64_t rows) {
      for (std::int64_t turn = 0; turn < plan::strassen_turns(form); ++turn) {
        for (std::size_t number = 0; number < plan::kStrassenProducts; ++number) {
          emit_all(number, turn, first, rows);
        }
      }
    });
    return;
  }
  for (std::size_t number = 0; number < plan::kStrassenProducts; ++number) {
    for_each_rows(emitter, form, [&](const Dim& first, std::int64_t rows) { emit_all(number, 0, first, rows); });
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
