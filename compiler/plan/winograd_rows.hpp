// Minimal filtering along rows: a convolution of 3 × 3 cells as F(2, 3) along x, summed over the rows of the window.
//
//   coefficient[j][y, t, c] = sum over k of Bᵀ[j, k] × left[y, 2 t + k, c]                           four maps
//   product[j][y, t, f]     = sum over p, c of coefficient[j][y + p, t, c] × weights[j][p, c, f]     four contractions
//   output[y, 2 t + r, f]   = epilogue(sum over j of Aᵀ[r, j] × product[j][y, t, f])                 two maps
//
// 4 multiplications for 2 outputs where the direct sum has 6, with weights 4/3 as large: where few positions meet many
// weights that come from memory, tiles of 2 × 2 outputs with weights 16/9 as large wait for these. The last output of
// an odd row takes part in no product that only its missing neighbour needs. Matrices are those of winograd.hpp; the
// error is below that of 2 × 2 outputs, which has the amplification of both axes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/contraction_tensors.hpp"
#include "plan/winograd.hpp"

namespace kdlc::plan {

/// The axes of a convolution over two neighbouring axes.
struct Convolution {
  std::int64_t stride;
  RoleAxis window_rows;     // p
  RoleAxis window_columns;  // q
  RoleAxis channels;
  RoleAxis columns;
};

/// Whether rows of this convolution can be filtered: its stride is 1, a row has two outputs or more, and at most one
/// axis, of a known size or the batch, stands in front of y and x.
bool can_filter_rows(const ContractionRoles& roles, const Convolution& convolution);

/// The steps, and the transformed weights where context.packed has none yet.
std::vector<Step> build_row_filter(StepContext& context, graph::NodeId id, const ContractionRoles& roles,
                                   const ContractionTensors& tensors, const Convolution& convolution,
                                   const WinogradChoice& choice, const std::optional<std::uint32_t>& choice_id);

/// A matrix of a transform as a node.
graph::NodeId matrix_constant(graph::Builder& builder, const Matrix& matrix, DType dtype);

}  // namespace kdlc::plan
