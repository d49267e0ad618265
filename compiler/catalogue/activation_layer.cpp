// Activations as functions of a tensor and as layers.
#include "catalogue/activation_layer.hpp"

#include <limits>

#include "catalogue/activation_axes.hpp"
#include "catalogue/axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

double as_number(const SettingValue& setting) {
  if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) {
    return static_cast<double>(*integer);
  }
  if (const auto* number = std::get_if<double>(&setting.value)) {
    return *number;
  }
  if (const auto* boolean = std::get_if<bool>(&setting.value)) {
    return *boolean ? 1 : 0;
  }
  KDLC_ASSERT(setting.is_none(), "the settings of an activation are numbers and choices between true and false");
  return std::numeric_limits<double>::infinity();
}

FunctionValue function_of(const Application& application) {
  std::vector<SettingValue> values;
  for (const BoundSetting& setting : application.settings) {
    values.push_back(setting.value);
  }
  const Activation* activation = find_activation(application.layer->name);
  KDLC_ASSERT(activation != nullptr, "this layer was made from an activation");
  return bind_activation(*activation, settings_as_numbers(activation->settings, values));
}

std::optional<Inferred> infer_activation(const Application& application) {
  const Activation& activation = *find_activation(application.layer->name);
  if (activation.floats_only && !require_floats(application)) {
    return std::nullopt;
  }
  const BoundInput& x = application.inputs[0];
  if (activation.infer == infer_sum_of_one) {
    // Alone it may go over any axis: attention to a sequence of one step.
    std::vector<SettingValue> values;
    for (const BoundSetting& setting : application.settings) {
      values.push_back(setting.value);
    }
    const auto shape =
        infer_same_shape_along_axis(activation.name, x.type, settings_as_numbers(activation.settings, values),
                                    application.span, *application.report);
    return shape ? std::optional(
                       Inferred{.results = {x.type}, .weights = {}, .details = given_settings_text(application)})
                 : std::nullopt;
  }
  const std::optional<TensorType> type = function_of(application).infer(x.type, application.span, *application.report);
  if (!type) {
    return std::nullopt;
  }
  return Inferred{.results = {*type}, .weights = {}, .details = given_settings_text(application)};
}

std::vector<graph::NodeId> lower_activation(Lowering& lowering) {
  return {function_of(lowering.application).apply(lowering.builder, lowering.inputs[0])};
}

}  // namespace

std::vector<double> settings_as_numbers(const std::vector<Setting>& declared, std::span<const SettingValue> given) {
  std::vector<double> numbers;
  for (std::size_t index = 0; index < declared.size(); ++index) {
    const bool is_given = index < given.size();
    KDLC_ASSERT(is_given || declared[index].default_value.has_value(), "a setting without a default is given");
    numbers.push_back(as_number(is_given ? given[index] : *declared[index].default_value));
  }
  return numbers;
}

FunctionValue bind_activation(const Activation& activation, std::vector<double> settings) {
  FunctionValue function;
  function.name = std::string(activation.name);
  function.apply = [&activation, settings](graph::Builder& builder, graph::NodeId x) {
    if (activation.lower != nullptr) {
      return activation.lower(builder, x, settings);
    }
    KDLC_ASSERT(activation.formula != nullptr, "an activation is compiled by a formula or by primitives");
    graph::MapBuilder map;
    const auto operand = map.operand(0, builder.type(x).dtype);
    return builder.map(map.finish(activation.formula(map, operand, settings)), {x});
  };
  function.infer = [&activation, settings](const TensorType& operand, const Span& span,
                                           Report& report) -> std::optional<TensorType> {
    if (activation.floats_only && !is_float(operand.dtype)) {
      report.add(span, diag::ElementType, std::string(name_of(operand.dtype)), std::string(activation.name),
                 "floating-point numbers");
      return std::nullopt;
    }
    if (activation.infer == nullptr) {
      return operand;
    }
    const std::optional<Shape> shape = activation.infer(activation.name, operand, settings, span, report);
    return shape ? std::optional(TensorType{.dtype = operand.dtype, .shape = *shape}) : std::nullopt;
  };
  return function;
}

Layer layer_of(const Activation& activation) {
  Layer layer;
  layer.name = activation.name;
  layer.summary = activation.summary;
  layer.inputs = {{.name = "x", .doc = "any shape"}};
  layer.settings = activation.settings;
  layer.known_elsewhere_as = activation.known_elsewhere_as;
  // The slope and depth of a unit below 0 have several names.
  for (const Setting& setting : activation.settings) {
    if (setting.name == "negative_slope" || setting.name == "alpha") {
      layer.foreign_names.push_back({setting.name == "alpha" ? "negative_slope" : "alpha", setting.name});
    }
  }
  layer.infer = infer_activation;
  layer.lower = activation.formula != nullptr || activation.lower != nullptr ? lower_activation : nullptr;
  return layer;
}

}  // namespace kdlc::catalogue
