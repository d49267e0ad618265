// Contractions whose columns would leave most lanes of a vector idle, with the operands the other way round.
//
//   output[…, x, c] = sum over k… of left[…, x, k…] × weights[k…, c]      rows …, x   columns c
//     →  for each …: sum over k… of weights[c, k…] × left[k…, x]          rows c      columns x
//
// Neighbouring positions lie in the lanes, where the left operand has them side by side (one channel), and weights are
// the elements that are broadcast. Each sum keeps its order. The kernel interleaves the channels again as it stores.
#include <algorithm>

#include "plan/contraction_blocks.hpp"
#include "plan/contraction_tensors.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {

using graph::Node;
using graph::NodeId;

namespace {

bool is_number(const Dim& size) {
  return size.is_constant() && size.constant() > 0;
}

/// Whether results and operands of the epilogue can be taken by vectors of positions.
bool fits_positions(const ContractionStep& step) {
  const std::size_t position = step.rows.size() - 1;
  const bool is_real = step.left.dtype == DType::f32 || step.left.dtype == DType::f64;
  if (!is_real || step.output.dtype != step.left.dtype || step.output.strides[position] != step.columns ||
      step.output.strides.back() != Dim(1)) {
    return false;
  }
  return std::all_of(step.epilogue_operands.begin(), step.epilogue_operands.end(),
                     [&](const Access& operand) { return operand.strides[position] == Dim(0); });
}

/// Whether the step is a product with weights, all of whose axes are numbers, and positions lie side by side.
bool can_turn(const StepContext& context, const Node& node, const ContractionRoles& roles,
              const ContractionStep& step) {
  return context.prepared[node.inputs[1]] && roles.outer.empty() && step.outer.empty() && roles.columns.size() == 1 &&
         is_number(step.columns) && step.columns.constant() > 1 && is_number(step.rows.back()) &&
         std::all_of(step.depth.begin(), step.depth.end(), is_number) &&
         step.left.strides[step.rows.size() - 1] == Dim(1) && fits_positions(step);
}

/// Strides over outer, rows, columns with all rows but the last made outer, and rows and columns exchanged.
Strides exchanged(Strides strides) {
  std::swap(strides[strides.size() - 1], strides[strides.size() - 2]);
  return strides;
}

ContractionStep turned(const ContractionStep& step) {
  ContractionStep result = step;
  const std::size_t positions = step.rows.size() - 1;
  result.outer.assign(step.rows.begin(), step.rows.end() - 1);
  result.rows = {step.columns};
  result.columns = step.rows.back();
  result.left = step.right;
  result.left.dtype = step.left.dtype;
  // Weights are [c][k…].
  result.left.strides.assign(positions, 0);
  Dim stride = 1;
  Strides over_depth;
  for (std::size_t axis = step.depth.size(); axis-- > 0;) {
    over_depth.insert(over_depth.begin(), stride);
    stride = stride * step.depth[axis];
  }
  result.left.strides.push_back(stride);
  append(result.left.strides, over_depth);
  result.right = step.left;
  const Dim side_by_side = step.left.strides[positions];
  result.right.strides.erase(result.right.strides.begin() + static_cast<std::ptrdiff_t>(positions));
  result.right.strides.push_back(side_by_side);
  result.right_is_packed = false;
  result.output.strides = exchanged(step.output.strides);
  for (Access& operand : result.epilogue_operands) {
    operand.strides = exchanged(operand.strides);
  }
  return result;
}

double cycles_of(const StepContext& context, const ContractionStep& step) {
  return contraction_cycles(context.options.machine, step, context.bounds, !context.options.strict);
}

/// All channels, so that they can be interleaved, by as many vectors of positions as pay.
bool choose_block(const StepContext& context, ContractionStep& step) {
  const Machine& machine = context.options.machine;
  const std::int64_t lanes = machine.lanes(step.left.dtype);
  const std::int64_t rows = step.rows.back().constant();
  double best = 0;
  for (std::int64_t vectors = 1; lanes > 1 && (rows + 1) * vectors + 2 <= machine.vector_registers &&
                                 (vectors - 1) * lanes < step.columns.constant();
       ++vectors) {
    ContractionStep candidate = step;
    candidate.block = {.inner_rows = rows, .vectors = vectors, .lanes = lanes};
    const double cycles = cycles_of(context, candidate);
    if (best == 0 || cycles < best) {
      best = cycles;
      step.block = candidate.block;
    }
  }
  return best > 0;
}

/// weights → [c][k…].
NodeId pack_left(StepContext& context, const Node& node, const ContractionRoles& roles, const ContractionStep& step) {
  graph::Builder builder(context.graph);
  std::vector<std::uint32_t> permutation = {static_cast<std::uint32_t>(*roles.columns.front().right)};
  for (const RoleAxis& axis : roles.depth) {
    permutation.push_back(static_cast<std::uint32_t>(*axis.right));
  }
  const NodeId value = builder.transpose(node.inputs[1], permutation);
  return builder.reshape(value, {{step.rows.back(), step.left.strides[step.outer.size()]}});
}

}  // namespace

std::optional<ContractionStep> with_weights_left(const StepContext& context, NodeId id, const ContractionRoles& roles,
                                                 const ContractionStep& direct) {
  const auto known = context.packed.find(id);
  if (known != context.packed.end() && !known->second.is_left) {
    return std::nullopt;
  }
  const bool is_decided = known != context.packed.end();
  if (!can_turn(context, context.node(id), roles, direct)) {
    KDLC_ASSERT(!is_decided, "what one body can turn, the other can");
    return std::nullopt;
  }
  ContractionStep step = turned(direct);
  if (!choose_block(context, step)) {
    return std::nullopt;
  }
  return is_decided || cycles_of(context, step) < cycles_of(context, direct) ? std::optional(step) : std::nullopt;
}

void use_packed_left(StepContext& context, NodeId id, const ContractionRoles& roles, ContractionStep& step) {
  const Node node = context.node(id);
  const auto [entry, is_new] = context.packed.try_emplace(id);
  if (is_new) {
    entry->second.is_left = true;
    entry->second.node = pack_left(context, node, roles, step);
  }
  Access left = access_of(context.place(entry->second.node), step.left.dtype);
  left.strides = std::move(step.left.strides);
  step.left = std::move(left);
}

}  // namespace kdlc::plan
