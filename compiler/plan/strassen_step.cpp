// Which contractions can be computed by Strassen's seven products, and the sums of their weights.
#include <algorithm>

#include "plan/arena.hpp"
#include "plan/contraction_tensors.hpp"
#include "plan/step_accesses.hpp"
#include "plan/strassen.hpp"

namespace kdlc::plan {
namespace {

using graph::Node;
using graph::NodeId;

/// It must be this much faster by the model: there are more weights, and models err.
constexpr double kLeastGain = 1.03;
constexpr double kLeastGainOfWinograd = 1.05;

bool is_even(const Dim& size) {
  return size.is_constant() && size.constant() > 0 && size.constant() % 2 == 0;
}

bool are_floats_of_one_type(const ContractionStep& step) {
  const DType dtype = step.left.dtype;
  const auto is_other_sum = [&](const graph::MapTerm& term) {
    return term.op == graph::MapOp::operand && term.operand == 0 && term.dtype != dtype;
  };
  return (dtype == DType::f32 || dtype == DType::f64) && step.right.dtype == dtype && step.output.dtype == dtype &&
         std::none_of(step.epilogue.terms.begin(), step.epilogue.terms.end(), is_other_sum);
}

/// Whether the epilogue reads what lies where the output will: where products are added up, the first would overwrite
/// it.
bool overwrites_an_operand(const ContractionStep& step) {
  return std::any_of(step.epilogue_operands.begin(), step.epilogue_operands.end(),
                     [&](const Access& operand) { return is_same_buffer(operand, step.output); });
}

/// Rows of the first axis, where the step can be cut into quarters. The number of samples may be less in some calls.
std::optional<std::int64_t> rows_to_halve(const StepContext& context, const ContractionStep& step) {
  if (!step.outer.empty() || step.rows.empty() || step.depth.size() != 1 || !is_even(step.depth.front()) ||
      !is_even(step.columns) || step.left.strides.back() != Dim(1) || step.output.strides.back() != Dim(1) ||
      !are_floats_of_one_type(step) ||
      !std::all_of(step.rows.begin() + 1, step.rows.end(), [](const Dim& size) { return size.is_constant(); })) {
    return std::nullopt;
  }
  const std::int64_t rows = context.most(step.rows.front());
  return is_even(rows) ? std::optional(rows) : std::nullopt;
}

/// Whether other layers' weights drive those of this one out of near caches from call to call.
bool has_cold_weights(const StepContext& context) {
  return context.parameter_bytes() > 4 * context.options.machine.l2_bytes;
}

/// right → seven sums of its quarters → [columns at once][product][panel][depth][vectors × lanes].
NodeId pack_seven(StepContext& context, const Node& node, const ContractionRoles& roles, const ContractionStep& step,
                  const StrassenChoice& choice) {
  graph::Builder builder(context.graph);
  std::vector<std::uint32_t> order;
  for (const std::vector<RoleAxis>* axes : {&roles.depth, &roles.columns}) {
    for (const RoleAxis& axis : *axes) {
      order.push_back(static_cast<std::uint32_t>(*axis.right));
    }
  }
  const std::int64_t depth = step.depth.front().constant() / 2;
  const std::int64_t columns = step.columns.constant() / 2;
  const std::int64_t turns = columns / choice.columns_at_once;
  constexpr auto kProducts = static_cast<std::int64_t>(kStrassenProducts);
  TensorData signs = TensorData::zeros(node.type.dtype, {kProducts, 2, 2});
  for (std::int64_t index = 0; index < 4 * kProducts; ++index) {
    const StrassenTerm& term = strassen_terms(choice.variant)[static_cast<std::size_t>(index / 4)];
    signs.set(index, term.right[static_cast<std::size_t>(index % 4)]);
  }
  NodeId value = builder.transpose(node.inputs[1], order);
  value = builder.reshape(value, {{2, depth, 2, columns}});
  value = builder.contraction({.left = "pij", .right = "ikjc", .output = "pkc"},
                              builder.constant("strassen", std::move(signs)), value);
  value = builder.reshape(value, {{kProducts, depth, turns, choice.columns_at_once}});
  value = builder.transpose(value, {2, 0, 1, 3});
  value = builder.reshape(value, {{turns * kProducts, depth, choice.columns_at_once}});
  return in_panels(builder, value, {.count = turns * kProducts, .depth = depth, .columns = choice.columns_at_once},
                   panel_columns(choice.block));
}

/// Room for the sums of rows, and for what is kept of products.
Access add_scratch(StepContext& context, const ContractionStep& step, const StrassenForm& form) {
  const auto element = static_cast<std::int64_t>(size_bytes(step.left.dtype));
  const std::int64_t pitch =
      off_half_pages(round_up(step.depth.front().constant() / 2 * element, kLineBytes)) / element;
  Strides strides = {pitch, 1};
  Dim rows = form.rows_at_once;
  for (std::size_t axis = step.rows.size() - 1; axis > 0; --axis) {
    strides.insert(strides.begin(), strides.front() * step.rows[axis]);
    rows = rows * step.rows[axis];
  }
  Dim elements = strides.front() * Dim(form.rows_at_once * strassen_sums(form));
  if (form.variant == StrassenVariant::winograd) {
    elements = elements + rows * Dim(2 * form.columns_at_once);
  }
  return {.memory = Memory::arena,
          .index = context.add_scratch({.elements = elements, .has_batch = false, .dtype = step.left.dtype}),
          .offset_bytes = 0,
          .dtype = step.left.dtype,
          .strides = std::move(strides)};
}

}  // namespace

void choose_strassen_form(StepContext& context, NodeId id, const ContractionRoles& roles, ContractionStep& step) {
  const Options& options = context.options;
  const std::optional<std::int64_t> rows = rows_to_halve(context, step);
  if (options.strict || options.strassen == false || !rows) {
    return;
  }
  PackedOperand& packed = context.packed.at(id);
  const StrassenChoice choice =
      choose_strassen(options.machine, shape_of(step, context.bounds, true), step.rows.size(),
                      has_cold_weights(context), packed.seven ? &packed.seven_block : nullptr);
  const double plain_cycles = contraction_cycles(options.machine, step, context.bounds, true);
  const bool stores_early = choice.variant == StrassenVariant::strassen;
  const double least_gain = stores_early ? kLeastGain : kLeastGainOfWinograd;
  if ((stores_early && overwrites_an_operand(step)) || choice.block.lanes == 1 ||
      (!options.strassen && least_gain * choice.cycles > plain_cycles)) {
    return;
  }
  const Node node = context.node(id);
  if (!packed.seven) {
    packed.seven = pack_seven(context, node, roles, step, choice);
    packed.seven_block = choice.block;
    packed.seven_columns = choice.columns_at_once;
  }
  StrassenForm form{.variant = choice.variant,
                    .rows = *rows,
                    .columns = step.columns.constant(),
                    .rows_at_once = choice.rows_at_once,
                    .columns_at_once = packed.seven_columns,
                    .block = choice.block,
                    .right = {},
                    .scratch = {}};
  form.scratch = add_scratch(context, step, form);
  const std::int64_t product =
      step.depth.front().constant() / 2 * round_up(form.columns_at_once, panel_columns(choice.block));
  form.right = {.memory = Memory::weights,
                .index = context.prepared_table.add_behind(context.graph, *packed.seven, context.name_of(id)),
                .offset_bytes = 0,
                .dtype = step.right.dtype,
                .strides = {static_cast<std::int64_t>(kStrassenProducts) * product, product}};
  step.strassen = std::move(form);
}

}  // namespace kdlc::plan
