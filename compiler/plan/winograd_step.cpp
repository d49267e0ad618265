// A contraction node as a Winograd step, and the transformed weights.
#include <algorithm>

#include "plan/arena.hpp"
#include "plan/choices.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/contraction_tensors.hpp"
#include "plan/winograd.hpp"
#include "plan/winograd_rows.hpp"

namespace kdlc::plan {
namespace {

using graph::ContractionAttributes;
using graph::ContractionWindow;
using graph::Node;
using graph::NodeId;

/// It must be this much faster than the direct sum: weights grow, and models err.
constexpr double kLeastGain = 1.12;

const RoleAxis* find_window(const ContractionAttributes& attributes, const ContractionRoles& roles,
                            const RoleAxis& position, std::int64_t stride) {
  const auto window =
      std::find_if(attributes.windows.begin(), attributes.windows.end(),
                   [&](const ContractionWindow& candidate) { return candidate.output == position.label; });
  if (window == attributes.windows.end() || window->stride != stride || window->dilation != 1) {
    return nullptr;
  }
  const auto axis = std::find_if(roles.depth.begin(), roles.depth.end(),
                                 [&](const RoleAxis& candidate) { return candidate.label == window->window; });
  return axis != roles.depth.end() && axis->size == Dim(kWinogradWindow) ? &*axis : nullptr;
}

/// The convolution that the node is, if windows of 3 × 3 cells move over its last two row axes in steps of one cell or
/// two.
std::optional<Convolution> find_convolution(const Node& node, const ContractionRoles& roles) {
  const auto& attributes = graph::attributes<ContractionAttributes>(node);
  if (attributes.windows.size() != 2 || !roles.outer.empty() || roles.rows.size() < 2 || roles.depth.size() != 3 ||
      roles.columns.size() != 1) {
    return std::nullopt;
  }
  const RoleAxis& y = roles.rows[roles.rows.size() - 2];
  const RoleAxis& x = roles.rows.back();
  const std::int64_t stride = attributes.windows.front().stride;
  const RoleAxis* window_rows = find_window(attributes, roles, y, stride);
  const RoleAxis* window_columns = find_window(attributes, roles, x, stride);
  if (stride > 2 || window_rows == nullptr || window_columns == nullptr) {
    return std::nullopt;
  }
  const auto channels = std::find_if(roles.depth.begin(), roles.depth.end(), [&](const RoleAxis& axis) {
    return axis.label != window_rows->label && axis.label != window_columns->label;
  });
  const auto is_positive = [](const RoleAxis& axis) { return axis.size.is_constant() && axis.size.constant() > 0; };
  if (!is_positive(y) || !is_positive(x) || !is_positive(*channels) || !is_positive(roles.columns.front())) {
    return std::nullopt;
  }
  return Convolution{.stride = stride,
                     .window_rows = *window_rows,
                     .window_columns = *window_columns,
                     .channels = *channels,
                     .columns = roles.columns.front()};
}

/// Whether channels lie side by side, rows and columns a known way apart, and all in one type of float.
bool has_plain_tensors(const Node& node, const ContractionRoles& roles, const Convolution& convolution,
                       const ContractionTensors& tensors) {
  const DType dtype = tensors.left.access.dtype;
  const auto is_known = [&](const RoleAxis& axis) { return stride_at(tensors.left, axis.left).is_constant(); };
  return (dtype == DType::f32 || dtype == DType::f64) && node.type.dtype == dtype &&
         is_known(roles.rows[roles.rows.size() - 2]) && is_known(roles.rows.back()) &&
         stride_at(tensors.left, convolution.channels.left) == Dim(1) &&
         stride_at(tensors.output, convolution.columns.output) == Dim(1);
}

ConvolutionShape shape_of(const StepContext& context, const ContractionRoles& roles, const Convolution& convolution,
                          DType dtype) {
  ConvolutionShape shape{.dtype = dtype,
                         .stride = convolution.stride,
                         .height = roles.rows[roles.rows.size() - 2].size.constant(),
                         .width = roles.rows.back().size.constant(),
                         .depth = convolution.channels.size.constant(),
                         .columns = convolution.columns.size.constant(),
                         .can_filter_rows = can_filter_rows(roles, convolution)};
  // Transformed weights have up to four times the size.
  const Machine& machine = context.options.machine;
  shape.has_cold_weights = 4 * context.parameter_bytes() > std::max(machine.l2_bytes, machine.l3_share_bytes);
  for (std::size_t axis = 0; axis + 2 < roles.rows.size(); ++axis) {
    shape.images *= std::max<std::int64_t>(1, context.most(context.size(roles.rows[axis].size)));
  }
  return shape;
}

/// The choice among the tiles and the direct sum, of which the step becomes a consequence.
std::optional<WinogradChoice> choose(StepContext& context, const ConvolutionShape& shape, double direct_cycles,
                                     ContractionStep& direct) {
  const Machine& machine = context.options.machine;
  if (const std::optional<std::int64_t> forced = context.options.winograd_tile) {
    return *forced == 0 ? std::nullopt : std::optional(choose_winograd(machine, shape, *forced));
  }
  std::optional<WinogradChoice> best;
  for (const std::int64_t tile : {kRowTile, std::int64_t{2}, std::int64_t{4}}) {
    if (tile == kRowTile && !shape.can_filter_rows) {
      continue;
    }
    const WinogradChoice choice = choose_winograd(machine, shape, tile);
    if (choice.cycles * kLeastGain < direct_cycles && (!best || choice.cycles < best->cycles)) {
      best = choice;
    }
  }
  const ContractionShape direct_shape = plan::shape_of(direct, context.bounds, true);
  const std::int64_t tile = choose_tile(context, shape, direct_shape, best ? best->tile : 0, direct.choice.emplace());
  return tile == 0 ? std::nullopt : std::optional(choose_winograd(machine, shape, tile));
}

/// right → G right Gᵀ → [columns at once][coefficient][panel][depth][vectors × lanes].
NodeId pack(StepContext& context, const Node& node, const Convolution& convolution, const WinogradChoice& choice) {
  graph::Builder builder(context.graph);
  const WinogradForm form{.tile = choice.tile, .stride = convolution.stride};
  const std::int64_t depth = convolution.channels.size.constant();
  const std::int64_t columns = convolution.columns.size.constant();
  std::vector<std::uint32_t> order;
  for (const RoleAxis* axis :
       {&convolution.window_rows, &convolution.window_columns, &convolution.channels, &convolution.columns}) {
    order.push_back(static_cast<std::uint32_t>(*axis->right));
  }
  const NodeId matrix = matrix_constant(builder, winograd_matrices(form).weights, node.type.dtype);
  NodeId value = builder.transpose(node.inputs[1], order);
  value = builder.contraction({.left = "ip", .right = "pqcf", .output = "iqcf"}, matrix, value);
  value = builder.contraction({.left = "jq", .right = "iqcf", .output = "ijcf"}, matrix, value);
  return in_panels(builder, value, {.count = form.coefficients(), .depth = depth, .columns = columns},
                   panel_columns(choice.block), panel_count(choice.block, choice.columns_at_once));
}

Strides over_cells(const ContractionTensor& tensor, const std::vector<RoleAxis>& positions, const RoleAxis& last) {
  Strides strides;
  for (const RoleAxis& axis : positions) {
    strides.push_back(stride_at(tensor, axis.left) * axis.left_factor);
  }
  strides.push_back(stride_at(tensor, last.left));
  return strides;
}

Strides over_outputs(const ContractionTensor& tensor, const std::vector<RoleAxis>& positions, const RoleAxis& last) {
  Strides strides;
  for (const RoleAxis& axis : positions) {
    strides.push_back(stride_at(tensor, axis.output));
  }
  strides.push_back(stride_at(tensor, last.output));
  return strides;
}

Access add_scratch(StepContext& context, const WinogradStep& step) {
  const std::int64_t bytes = winograd_scratch(step).bytes;
  const auto element = static_cast<std::int64_t>(size_bytes(step.left.dtype));
  const std::int64_t elements = (bytes + element - 1) / element;
  return {.memory = Memory::arena,
          .index = context.add_scratch({.elements = elements, .has_batch = false, .dtype = step.left.dtype}),
          .offset_bytes = 0,
          .dtype = step.left.dtype,
          .strides = {1}};
}

}  // namespace

std::vector<Step> build_winograd(StepContext& context, NodeId id, const ContractionRoles& roles,
                                 const ContractionTensors& tensors, double direct_cycles, ContractionStep& direct) {
  const Node node = context.node(id);
  const Machine& machine = context.options.machine;
  if (context.options.strict || !context.prepared[node.inputs[1]]) {
    return {};
  }
  const std::optional<Convolution> convolution = find_convolution(node, roles);
  if (!convolution || !has_plain_tensors(node, roles, *convolution, tensors)) {
    return {};
  }
  const ConvolutionShape shape = shape_of(context, roles, *convolution, node.type.dtype);
  const auto known = context.packed.find(id);
  if (known != context.packed.end() && known->second.winograd_tile == 0) {
    return {};
  }
  // Both bodies read one packing: the first that is built decides for the other.
  WinogradChoice choice;
  if (known == context.packed.end()) {
    if (shape.has_cold_weights) {
      direct_cycles = with_cold_weights(shape, kWinogradWindow * kWinogradWindow, direct_cycles);
    }
    const std::optional<WinogradChoice> chosen = choose(context, shape, direct_cycles, direct);
    if (!chosen) {
      return {};
    }
    choice = *chosen;
    if (choice.tile == kRowTile) {
      return build_row_filter(context, id, roles, tensors, *convolution, choice, direct.choice);
    }
    context.packed[id] = {.node = pack(context, node, *convolution, choice),
                          .vectors = choice.block.vectors,
                          .lanes = choice.block.lanes,
                          .outer_stride = shape.depth * round_up(choice.columns_at_once, panel_columns(choice.block)),
                          .columns_at_once = choice.columns_at_once,
                          .winograd_tile = choice.tile,
                          .choice = direct.choice};
  } else {
    choice = choose_winograd(machine, shape,
                             {.tile = known->second.winograd_tile,
                              .columns_at_once = known->second.columns_at_once,
                              .block = {.vectors = known->second.vectors, .lanes = known->second.lanes}});
  }
  const PackedOperand& packed = context.packed.at(id);
  if (choice.tile == kRowTile) {
    return build_row_filter(context, id, roles, tensors, *convolution, choice, packed.choice);
  }

  WinogradStep step{.tile = choice.tile,
                    .stride = shape.stride,
                    .positions = {},
                    .depth = shape.depth,
                    .columns = shape.columns,
                    .tiles_at_once = choice.tiles_at_once,
                    .columns_at_once = choice.columns_at_once,
                    .block = choice.block,
                    .choice = packed.choice};
  for (const RoleAxis& axis : roles.rows) {
    step.positions.push_back(context.size(axis.size));
  }
  step.left = tensors.left.access;
  step.left.strides = over_cells(tensors.left, roles.rows, convolution->channels);
  step.right = access_of(context.place(packed.node), node.type.dtype);
  step.right.strides = {packed.outer_stride};
  step.output = tensors.output.access;
  step.output.strides = over_outputs(tensors.output, roles.rows, convolution->columns);
  for (const ContractionTensor& operand : tensors.operands) {
    step.epilogue_operands.push_back(operand.access);
    step.epilogue_operands.back().strides = over_outputs(operand, roles.rows, convolution->columns);
  }
  step.epilogue = graph::attributes<ContractionAttributes>(node).epilogue;
  step.scratch = add_scratch(context, step);
  return {Step{.kernel = std::move(step), .records = node.records, .name = context.name_of(id)}};
}

}  // namespace kdlc::plan
