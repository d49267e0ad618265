// Which numbers a value can be: interval arithmetic over the graph, back to the nearest weights.
#include "check/number_ranges.hpp"

#include <algorithm>

namespace kdlc::check {

namespace {

using graph::MapOp;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
/// Formulas nest no deeper between two layers; beyond it nothing is claimed.
constexpr std::size_t kDeepest = 200;

/// The sum of products of two values.
NumberRange of_values(const NumberRange& left, const NumberRange& right) {
  NumberRange sum{-kInfinite, kInfinite, Freedom::bound, weights_of(left, right)};
  for (const auto& [side, other] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    if (side->freedom == Freedom::free && is_everything(*side) && has_own_weight(*side, *other)) {
      sum.freedom = Freedom::free;
    }
  }
  if (sum.freedom == Freedom::bound && left.lowest >= 0 && right.lowest >= 0) {
    sum.lowest = 0;
  }
  return sum;
}

NumberRange of_constant(const TensorData& data) {
  constexpr std::int64_t kMostRead = 100'000;
  if (data.element_count() == 0 || data.element_count() > kMostRead) {
    return {};
  }
  NumberRange range{kInfinite, -kInfinite, Freedom::fixed, {}};
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    range.lowest = std::min(range.lowest, data.at(index));
    range.highest = std::max(range.highest, data.at(index));
  }
  range.freedom = range.lowest == range.highest ? Freedom::fixed : Freedom::bound;
  return range;
}

}  // namespace

NumberRange NumberRanges::of(graph::NodeId id) {
  const auto found = known_.find(id);
  if (found != known_.end()) {
    return found->second;
  }
  if (depth_ > kDeepest) {
    return {};
  }
  ++depth_;
  NumberRange range = compute(id);
  --depth_;
  known_.emplace(id, range);
  return range;
}

NumberRange NumberRanges::of_map(const graph::MapExpression& expression, const std::vector<NumberRange>& operands) {
  if (expression.terms.empty()) {
    return operands.front();
  }
  std::vector<NumberRange> values;
  for (const graph::MapTerm& term : expression.terms) {
    const auto argument = [&](std::size_t place) { return values[term.arguments[place]]; };
    if (term.op == MapOp::operand) {
      values.push_back(operands[term.operand]);
    } else if (term.op == MapOp::constant) {
      const double number = is_float(term.dtype) ? term.number : static_cast<double>(term.integer);
      values.push_back({number, number, Freedom::fixed, {}});
    } else if (term.op == MapOp::cast) {
      values.push_back(is_float(term.dtype) ? argument(0) : NumberRange{.weights = argument(0).weights});
    } else if (term.op == MapOp::select) {
      values.push_back(of_either(argument(1), argument(2)));
      values.back().freedom = Freedom::bound;  // the condition may keep it from an end
    } else if (graph::operand_count(term.op) == 1) {
      values.push_back(of_unary(term.op, argument(0)));
    } else {
      values.push_back(of_binary(term.op, argument(0), argument(1)));
    }
  }
  return values.back();
}

/// The weight that a value is, under another shape or order of axes.
std::optional<std::uint32_t> NumberRanges::weight_at(graph::NodeId id) const {
  const graph::Node* node = &graph_.node(id);
  while (node->op == graph::Op::reshape || node->op == graph::Op::transpose) {
    node = &graph_.node(node->inputs[0]);
  }
  return node->op == graph::Op::parameter ? std::optional(graph::attributes<graph::ParameterAttributes>(*node).index)
                                          : std::nullopt;
}

/// A product with weights is everything, whatever it is a product of; of two other values no more than its sign is
/// known.
NumberRange NumberRanges::of_contraction(const graph::Node& node) {
  const auto& attributes = graph::attributes<graph::ContractionAttributes>(node);
  NumberRange sum;
  if (const std::optional<std::uint32_t> weight = weight_at(node.inputs[1])) {
    sum = {-kInfinite, kInfinite, Freedom::free, {*weight}};
  } else {
    sum = of_values(of(node.inputs[0]), of(node.inputs[1]));
  }
  std::vector<NumberRange> operands{sum};
  for (std::size_t index = 2; index < node.inputs.size(); ++index) {
    operands.push_back(of(node.inputs[index]));
  }
  return of_map(attributes.epilogue, operands);
}

NumberRange NumberRanges::of_reduction(graph::Reducer reducer, NumberRange range) {
  switch (reducer) {
    case graph::Reducer::mean:
    case graph::Reducer::maximum:
    case graph::Reducer::minimum:
      return range;
    case graph::Reducer::sum:
      range.freedom =
          is_everything(range) || (range.lowest == 0 && range.highest == kInfinite) ? range.freedom : Freedom::bound;
      range.lowest = range.lowest >= 0 ? 0 : -kInfinite;
      range.highest = range.highest <= 0 ? 0 : kInfinite;
      return range;
    case graph::Reducer::product:
      return {range.lowest >= 0 ? 0 : -kInfinite, range.lowest >= 0 && range.highest <= 1 ? 1 : kInfinite,
              Freedom::bound, range.weights};
  }
  KDLC_UNREACHABLE("all reducers are listed");
}

NumberRange NumberRanges::of_rows(const graph::Node& node) {
  std::vector<NumberRange> operands;
  for (const graph::NodeId input : node.inputs) {
    operands.push_back(of(input));
  }
  for (const graph::RowsStep& step : graph::attributes<graph::RowsAttributes>(node).steps) {
    const NumberRange result = of_map(step.expression, operands);
    operands.push_back(step.reducer ? of_reduction(*step.reducer, result) : result);
  }
  return operands.back();
}

NumberRange NumberRanges::compute(graph::NodeId id) {
  const graph::Node& node = graph_.node(id);
  const auto operands_after = [&](NumberRange first) {
    std::vector<NumberRange> operands{std::move(first)};
    for (std::size_t index = 1; index < node.inputs.size(); ++index) {
      operands.push_back(of(node.inputs[index]));
    }
    return operands;
  };
  switch (node.op) {
    case graph::Op::input: {
      const auto& input = graph_.inputs[graph::attributes<graph::InputAttributes>(node).index];
      const bool is_declared = input.range_begin && input.range_end;
      return is_declared ? NumberRange{static_cast<double>(*input.range_begin),
                                       static_cast<double>(*input.range_end),
                                       Freedom::bound,
                                       {}}
                         : NumberRange{};
    }
    case graph::Op::parameter: {
      const std::uint32_t index = graph::attributes<graph::ParameterAttributes>(node).index;
      const bool is_positive = graph_.parameters[index].non_negative;
      return {is_positive ? 0 : -kInfinite, kInfinite, Freedom::free, {index}};
    }
    case graph::Op::constant:
      return of_constant(graph::attributes<graph::ConstantAttributes>(node).data);
    case graph::Op::map: {
      std::vector<NumberRange> operands;
      for (const graph::NodeId input : node.inputs) {
        operands.push_back(of(input));
      }
      return of_map(graph::attributes<graph::MapAttributes>(node).expression, operands);
    }
    case graph::Op::contraction:
      return of_contraction(node);
    case graph::Op::window_reduce: {
      const auto& attributes = graph::attributes<graph::WindowReduceAttributes>(node);
      return of_map(attributes.epilogue, operands_after(of_reduction(attributes.reducer, of(node.inputs[0]))));
    }
    case graph::Op::reduce: {
      const auto& attributes = graph::attributes<graph::ReduceAttributes>(node);
      return of_map(attributes.epilogue, operands_after(of_reduction(attributes.reducer, of(node.inputs[0]))));
    }
    case graph::Op::reshape:
    case graph::Op::transpose:
    case graph::Op::slice:
    case graph::Op::gather:
      return of(node.inputs[0]);
    case graph::Op::concat: {
      NumberRange range = of(node.inputs[0]);
      for (const graph::NodeId input : node.inputs) {
        range = of_either(range, of(input));
      }
      return range;
    }
    case graph::Op::pad: {
      const double value = graph::attributes<graph::PadAttributes>(node).value;
      return of_either(of(node.inputs[0]), {value, value, Freedom::fixed, {}});
    }
    case graph::Op::rows:
      return of_rows(node);
    case graph::Op::state:
    case graph::Op::scan_slice:
    case graph::Op::scan_state:
    case graph::Op::scan:
    case graph::Op::scan_result:
      return {};
  }
  KDLC_UNREACHABLE("all primitives are listed");
}

}  // namespace kdlc::check
