// Strassen's algorithm, one level: a contraction by seven products of halves instead of eight.
//
//   C = A B with A, B and C cut into quarters:
//
//   P0 = (A00 + A11) (B00 + B11)   to C00, C11        C00 = P0 + P1 - P4 + P5
//   P1 = A11         (B10 - B00)   to C00, C10        C10 = P1 + P2
//   P2 = (A10 + A11) B00           to C10, -C11       C01 = P3 + P4
//   P3 = A00         (B01 - B11)   to C01, C11        C11 = P0 - P2 + P3 + P6
//   P4 = (A00 + A01) B11           to C01, -C00
//   P5 = (A01 - A11) (B10 + B11)   to C00
//   P6 = (A10 - A00) (B00 + B01)   to C11
//
// (Strassen, Gaussian Elimination is not Optimal, 1969.) Nothing is kept of the products: the kernel adds its block of
// sums to the quarters of the output as it stores them, and sums of left rows are made for a few rows at a time (Huang,
// Smith, Henry, van de Geijn, Strassen's Algorithm Reloaded, 2016). In this order the first product for each quarter
// stores and the last one applies the epilogue. Sums of the weights are expressions of the prepare part.
//
// Winograd's variant has fewer additions, and stores less, but two sums of products, K and L, wait beside the output:
//
//   K = A00 B00
//   C00 = K + A01 B10
//   K = K + (A10 + A11 - A00) (B11 - B01 + B00)
//   L = K + (A00 - A10) (B11 - B01)
//   P = (A10 + A11) (B01 - B00)                        C11 = L + P, K = K + P
//   C10 = L - A11 (B11 - B01 + B00 - B10)
//   C01 = K + (A00 + A01 - A10 - A11) B11
//
// So 8 quarters are stored and 7 read where Strassen's own order stores 12 and reads 8. All products are made for some
// of the columns, then for the next ones, so that K and L stay in the second cache. A quarter of the output is written
// once, hence a residual may lie in its place.
//
// Error. strassen_error() is a bound for all inputs, six times that of the direct sum for half its depth, and nine
// times for Winograd's variant.
#pragma once

#include <cstdint>
#include <optional>

#include "plan/contraction_blocks.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

constexpr std::size_t kStrassenProducts = 7;

/// Where products go: a quarter of the output, row by row, or one of two places beside it, of a quarter's size.
enum class StrassenPlace : std::uint8_t { c00, c01, c10, c11, first_kept, second_kept };

/// `to` becomes `from` plus or minus the product, or the product alone.
struct StrassenTarget {
  StrassenPlace to;
  std::optional<StrassenPlace> from;
  int sign = 1;
};

/// Of the left operand and of the right one +1, -1 or 0 for each quarter, row by row; and where the product goes.
struct StrassenTerm {
  std::array<int, 4> left;
  std::array<int, 4> right;
  StrassenTarget to_one;
  std::optional<StrassenTarget> to_other;
};
/// In the order in which they are computed.
const std::array<StrassenTerm, kStrassenProducts>& strassen_terms(StrassenVariant variant);

/// How far an output in f32 can be from the exact sum at most, before the epilogue, as a multiple of
/// depth × the largest left element × the largest right element.
double strassen_error(StrassenVariant variant, std::int64_t depth);

/// Whether some call computes the step by its seven products: those where its first row axis has `form->rows` rows.
bool may_use_strassen(const ContractionStep& step);

/// Sums of left rows that are held together.
std::int64_t strassen_sums(const StrassenForm& form);
/// Turns in which the columns of such a form pass the products.
std::int64_t strassen_turns(const StrassenForm& form);

/// Which product, and of what: rows from `first_row` of each half on, columns of one turn.
struct StrassenPart {
  std::size_t number = 0;
  std::int64_t turn = 0;
  Dim first_row;
  std::int64_t rows = 0;
};
/// One product, in these steps.
struct StrassenProduct {
  std::optional<MapStep> sum;               // of quarters of left, into scratch; not where an earlier turn made it
  ContractionStep to_one;                   // its left operand is that sum, or a quarter
  std::optional<ContractionStep> to_other;  // the same product to another place
};
/// Of a step that may use Strassen's form.
StrassenProduct strassen_product(const ContractionStep& step, const StrassenPart& part);

/// Where all calls of a body for up to `samples` samples compute a step by its seven products, nobody reads the plain
/// weights: such a step names the sums of weights in their place. Nothing may take the form from a step behind this.
void leave_out_plain_weights(std::vector<Step>& steps, std::int64_t samples);
void leave_out_plain_weights(std::vector<Region>& regions);

/// Bytes of the sums of weights that these steps may read beside the weights themselves.
std::int64_t strassen_bytes(const std::vector<Step>& steps);

// ---- choice ------------------------------------------------------------------------------------------------------

struct StrassenChoice {
  StrassenVariant variant = StrassenVariant::strassen;
  std::int64_t rows_at_once = 0;
  std::int64_t columns_at_once = 0;
  ContractionBlock block;
  double cycles = 0;
};
/// The fastest way for a shape of even rows, depth and columns, of which the outermost axis is halved. Cold weights
/// come from memory in every call; `packed` are the panels of weights that are there already.
StrassenChoice choose_strassen(const Machine& machine, const ContractionShape& shape, std::size_t row_axes,
                               bool has_cold_weights, const ContractionBlock* packed);

}  // namespace kdlc::plan
