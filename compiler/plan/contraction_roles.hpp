// Reads a contraction's letters: which axes are batch, rows, columns and depth, and what shape of kernel fits.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::plan {

/// One axis of the loop nest of a contraction, and where each tensor has it.
struct RoleAxis {
  graph::AxisLabel label = 0;
  Dim size;
  std::optional<std::size_t> left;    // axis of the left operand
  std::optional<std::size_t> right;   // axis of the right operand
  std::optional<std::size_t> output;  // axis of the output
  std::int64_t left_factor = 1;       // a window's stride or dilation on the left operand's stride
};

/// outer: in all three. rows: left and output. columns: right and output. depth: summed over.
struct ContractionRoles {
  std::vector<RoleAxis> outer;
  std::vector<RoleAxis> rows;
  std::vector<RoleAxis> columns;
  std::vector<RoleAxis> depth;
};

/// In the order of the output's axes (depth: of the right operand's). Asserts that windows carry no padding and no
/// input dilation, and that no axis stands in one operand alone.
ContractionRoles find_roles(const graph::Graph& graph, const graph::Node& contraction);

/// True when the innermost axis is in all three tensors and nothing else but windows is: one filter per channel.
/// Its channels and windows are numbers.
bool is_depthwise(const graph::Graph& graph, const graph::Node& contraction, const ContractionRoles& roles);

}  // namespace kdlc::plan
