// dot: two tensors multiplied and summed along one axis of each, sample by sample.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/operators.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::NodeId;

/// Keras' bound below the norm: ops.normalize clips the sum of squares at 1e-12.
constexpr double kLeastSquare = 1e-12;

struct SummedAxes {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
};

/// nullopt after reporting K310, K334 or K341.
std::optional<SummedAxes> summed_axes(const Application& application) {
  const std::optional<std::vector<std::int64_t>> axes = application.sizes("axes", 2);
  if (!axes) {
    return std::nullopt;
  }
  const auto left = resolve_axis(application, (*axes)[0], application.inputs[0], "axes");
  const auto right = resolve_axis(application, (*axes)[1], application.inputs[1], "axes");
  return left && right ? std::optional(SummedAxes{*left, *right}) : std::nullopt;
}

void add_kept(const Shape& shape, std::size_t summed, std::vector<Dim>& result) {
  for (std::size_t axis = 1; axis < shape.axis_count(); ++axis) {
    if (axis != summed) {
      result.push_back(shape.axes[axis]);
    }
  }
}

std::optional<Inferred> infer(const Application& application) {
  constexpr std::string_view kOwnAxes[] = {"features"};
  const bool floats = require_floats(application, 0) && require_floats(application, 1);
  const bool has_axes = require_axes(application, kOwnAxes, 0) && require_axes(application, kOwnAxes, 1);
  if (!floats || !has_axes ||
      !same_element_type("multiply", application.inputs[0], application.inputs[1], application.span,
                         *application.report)) {
    return std::nullopt;
  }
  const std::optional<SummedAxes> axes = summed_axes(application);
  if (!axes) {
    return std::nullopt;
  }
  const Shape& left = application.type(0).shape;
  const Shape& right = application.type(1).shape;
  if (!left.has_batch() || !right.has_batch() || left.axes[axes->left] != right.axes[axes->right]) {
    application.report
        ->add(application.span, diag::BroadcastMismatch, application.inputs[0].text, left.to_text(),
              application.inputs[1].text, right.to_text(), "dot")
        .note(
            fmt::format("axis {} of the first meets axis {} of the second, and both carry N", axes->left, axes->right));
    return std::nullopt;
  }
  TensorType type{.dtype = application.type().dtype, .shape = {{left.axes.front()}}};
  add_kept(left, axes->left, type.shape.axes);
  add_kept(right, axes->right, type.shape.axes);
  if (type.shape.axis_count() == 1) {
    type.shape.axes.emplace_back(1);
  }
  return Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)};
}

/// x / √max(Σ x², 1e-12) along the axis.
NodeId normalise(graph::Builder& builder, NodeId x, std::uint32_t axis) {
  const DType dtype = builder.type(x).dtype;
  const NodeId square = builder.reduce(graph::Reducer::sum, builder.map2(MapOp::multiply, x, x), {axis}, true);
  graph::MapBuilder map;
  const auto length = map.apply(MapOp::maximum, map.operand(1, dtype), map.constant(kLeastSquare, dtype));
  return builder.map(map.finish(map.divide(map.operand(0, dtype), map.apply(MapOp::sqrt, length))), {x, square});
}

std::vector<NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const SummedAxes axes = *summed_axes(lowering.application);
  NodeId left = lowering.inputs[0];
  NodeId right = lowering.inputs[1];
  if (lowering.application.boolean("normalize")) {
    left = normalise(builder, left, axes.left);
    right = normalise(builder, right, axes.right);
  }
  graph::ContractionAttributes attributes{.left = "n", .right = "n", .output = "n"};
  constexpr char kSummed = 'z';
  char next = 'a';
  const auto name_axes = [&](const Shape& shape, std::size_t summed, std::string& labels) {
    for (std::size_t axis = 1; axis < shape.axis_count(); ++axis) {
      next = next == 'n' ? 'o' : next;
      labels += axis == summed ? kSummed : next;
      attributes.output += axis == summed ? std::string() : std::string(1, next++);
    }
  };
  name_axes(builder.type(left).shape, axes.left, attributes.left);
  name_axes(builder.type(right).shape, axes.right, attributes.right);
  const NodeId product = builder.contraction(std::move(attributes), left, right);
  return {builder.reshape(product, lowering.inferred.results[0].shape)};
}

}  // namespace

extern const Layer layer_dot = {
    .name = "dot",
    .summary = "a · b summed along one axis of each, sample by sample: the kept axes of a, then those of b",
    .inputs = {{.name = "a", .doc = "[N, …]"}, {.name = "b", .doc = "[N, …]"}},
    .settings = {{.name = "axes",
                  .kind = SettingKind::sizes,
                  .doc = "the axis of both that is summed, N being axis 0, or a list with one for each"},
                 {.name = "normalize",
                  .kind = SettingKind::boolean,
                  .default_value = boolean_value(false),
                  .doc = "whether both are divided by their length along that axis first: the cosine"}},
    .foreign_names = {{"axis", "axes"}},
    .known_elsewhere_as = {"Dot"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
