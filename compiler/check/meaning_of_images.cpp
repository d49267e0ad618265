// What is odd about images: channels that stand first, pixels that are scaled twice.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "check/meaning.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

constexpr std::int64_t kSmallestSide = 16;

std::int64_t size_of(const Dim& axis) {
  return axis.is_constant() ? axis.constant() : 0;
}

/// [N, channels, height, width] of a picture: three channels and large sides, or one or four channels and equal sides.
bool looks_channels_first(const Shape& shape) {
  if (!shape.has_batch() || shape.axis_count() != 4) {
    return false;
  }
  const std::int64_t channels = size_of(shape.axes[1]);
  const std::int64_t height = size_of(shape.axes[2]);
  const std::int64_t width = size_of(shape.axes[3]);
  const bool has_sides = height >= kSmallestSide && width >= kSmallestSide;
  const bool is_square = height == width;
  return has_sides && (channels == 3 || (is_square && (channels == 1 || channels == 4)));
}

/// The value before operations that treat every element alike: scaling, batch norm, an activation.
graph::NodeId before_elementwise(const graph::Graph& graph, graph::NodeId value) {
  while (graph.node(value).op == graph::Op::map) {
    const graph::Node& node = graph.node(value);
    const auto has_shape = [&](graph::NodeId operand) { return graph.node(operand).type.shape == node.type.shape; };
    if (std::ranges::count_if(node.inputs, has_shape) != 1) {
      break;
    }
    value = *std::ranges::find_if(node.inputs, has_shape);
  }
  return value;
}

/// The first layer with a kernel over two axes of places is the one that mixes pixels with channels.
void warn_of_channels_first(const graph::Graph& graph, const graph::Record& record, Report& report) {
  if (record.inputs.empty() || !record.inputs.front().has_value() || record.parameters.empty()) {
    return;
  }
  const graph::Node& node = graph.node(before_elementwise(graph, record.inputs.front()));
  const graph::ParameterInfo& kernel = graph.parameters[record.parameters.front()];
  if (node.op != graph::Op::input || kernel.type.shape.axis_count() != 4 || !looks_channels_first(node.type.shape)) {
    return;
  }
  const graph::InputInfo& input = graph.inputs[graph::attributes<graph::InputAttributes>(node).index];
  const std::vector<Dim>& axes = node.type.shape.axes;
  report
      .add(record.span, diag::ChannelsFirst, record.path, fmt::format("{} numbers", axes[3].to_text()), input.name,
           node.type.shape.to_text())
      .label(input.span, fmt::format("{} × {} × {}", axes[1].to_text(), axes[2].to_text(), axes[3].to_text()))
      .help(fmt::format("declare `{}` as [N, {}, {}, {}], or turn it: `transpose(0, 2, 3, 1)`", input.name,
                        axes[2].to_text(), axes[3].to_text(), axes[1].to_text()));
}

/// The one operand that is no constant, and the factor by which the node multiplies it.
struct Scaling {
  graph::NodeId operand;
  double factor = 1;
};
std::optional<Scaling> as_scaling(const graph::Graph& graph, const graph::Node& node) {
  if (node.op == graph::Op::reshape) {
    return Scaling{node.inputs.front(), 1};
  }
  if (node.op != graph::Op::map || !is_float(node.type.dtype)) {
    return std::nullopt;
  }
  Scaling scaling;
  std::vector<double> operands;
  std::size_t varying = 0;
  for (const graph::NodeId input : node.inputs) {
    const graph::Node& operand = graph.node(input);
    const bool is_number = operand.op == graph::Op::constant && operand.type.shape.axis_count() == 0;
    if (!is_number && scaling.operand.has_value()) {
      return std::nullopt;
    }
    if (!is_number) {
      varying = operands.size();
      scaling.operand = input;
    }
    operands.push_back(is_number ? graph::attributes<graph::ConstantAttributes>(operand).data.at(0) : 0);
  }
  if (!scaling.operand.has_value() || !is_float(graph.node(scaling.operand).type.dtype)) {
    return std::nullopt;
  }
  const graph::MapExpression& expression = graph::attributes<graph::MapAttributes>(node).expression;
  const auto value_at = [&](double x) {
    operands[varying] = x;
    return graph::evaluate_element(expression, operands);
  };
  scaling.factor = value_at(1) - value_at(0);
  constexpr double kFar = 200;
  const bool is_straight = std::abs(value_at(kFar) - value_at(0) - kFar * scaling.factor) < 1e-3 * kFar;
  return is_straight ? std::optional(scaling) : std::nullopt;
}

/// 1/255, 1/256, or 1/127.5 for -1 to 1.
bool scales_pixels(double factor) {
  return factor > 1.0 / 257 && factor < 1.0 / 127;
}

std::string fraction_text(double factor) {
  return fmt::format("1/{:.4g}", 1 / factor);
}

void warn_of_scaling_twice(const graph::Graph& graph, Report& report) {
  struct Scaled {
    double factor;
    Span span;
  };
  std::map<graph::NodeId, Scaled> scaled;
  for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
    const graph::NodeId id{index};
    const graph::Node& node = graph.node(id);
    const std::optional<Scaling> scaling = as_scaling(graph, node);
    if (!scaling) {
      continue;
    }
    const auto before = scaled.find(scaling->operand);
    const bool is_pixel_scale = scales_pixels(scaling->factor);
    const Span span = node.records.empty() ? Span{} : graph.records[node.records.front()].span;
    if (before != scaled.end() && is_pixel_scale) {
      report.add(span, diag::ScaledTwice, fraction_text(before->second.factor), fraction_text(scaling->factor))
          .label(before->second.span, "scaled here already");
    } else if (is_pixel_scale) {
      scaled.emplace(id, Scaled{scaling->factor, span});
    } else if (before != scaled.end()) {
      scaled.emplace(id, before->second);
    }
  }
}

}  // namespace

void warn_of_images(const Wiring& wiring, Report& report) {
  const graph::Graph& graph = wiring.graph();
  for (const graph::Record& record : graph.records) {
    warn_of_channels_first(graph, record, report);
  }
  warn_of_scaling_twice(graph, report);
}

}  // namespace kdlc::check
