// dense: a matrix product over the last axis.
#include <array>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/labels.hpp"

namespace kdlc::catalogue {
namespace {

constexpr std::array<std::string_view, 1> kOwnAxes = {"features"};

std::optional<Inferred> infer(const Application& application) {
  const bool holds_floats = require_floats(application);
  if (!require_axes(application, kOwnAxes) || !holds_floats) {
    return std::nullopt;
  }
  TensorType type = application.type();
  const auto features = static_size(application, type.shape.axis_count() - 1, "kernel");
  if (!features) {
    return std::nullopt;
  }
  const std::int64_t units = application.integer("units");
  type.shape.axes.back() = units;
  const auto result = with_activation(application, type);
  if (!result) {
    return std::nullopt;
  }
  const FunctionValue* activation = application.function("activation");
  return Inferred{.results = {*result},
                  .weights = kernel_and_bias(application, {{*features, units}}, units),
                  .details = join_details({std::to_string(units), activation == nullptr ? "" : activation->name})};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const std::string labels = leading_labels(lowering.application.type().shape.axis_count() - 1);
  graph::ContractionAttributes attributes{
      .left = labels + "k", .right = "kf", .output = labels + "f", .windows = {}, .epilogue = {}};
  graph::NodeId node = lowering.builder.contraction(std::move(attributes), lowering.inputs[0], lowering.weights[0]);
  if (lowering.weights.size() > 1) {
    node = lowering.builder.map2(graph::MapOp::add, node, lowering.weights[1]);
  }
  return {apply_activation(lowering, node)};
}

}  // namespace

extern const Layer layer_dense = {
    .name = "dense",
    .summary = "a fully connected layer over the last axis: activation(x @ kernel + bias)",
    .inputs = {{.name = "x", .doc = "[N, …, features]"}},
    .settings = with_weight_settings(
        {{.name = "units", .range = size_range(), .doc = "the size of the last axis of the result"},
         activation_setting(),
         bias_setting()},
        WeightSettings::kernel_and_bias),
    .foreign_names = with_weight_foreign_names({{"out_features", "units"}}),
    .known_elsewhere_as = {"Dense", "Linear", "fc", "fully_connected", "InnerProduct"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
