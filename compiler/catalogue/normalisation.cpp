// Normalisation of each sample over some of its axes: what layernorm and rmsnorm share.
#include "catalogue/normalisation.hpp"

#include <algorithm>

#include "catalogue/axes.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

/// True unless the layer has the setting and it is false.
bool is_wanted(const Application& application, std::string_view setting) {
  const bool declared =
      std::ranges::find(application.layer->settings, setting, &Setting::name) != application.layer->settings.end();
  return !declared || application.boolean(setting);
}

}  // namespace

Setting normalised_axes_setting() {
  return {.name = "axis",
          .kind = SettingKind::axes,
          .default_value = integer_value(-1),
          .doc = "the axis or axes to normalise over, N being axis 0"};
}

std::optional<Inferred> infer_normalisation(const Application& application, const NormalisationNames& names) {
  const bool holds_floats = require_floats(application);
  const auto axes = resolve_axes(application, application.inputs[0]);
  if (!axes || !holds_floats) {
    return std::nullopt;
  }
  TensorType type{.dtype = application.type().dtype, .shape = {}};
  for (const std::uint32_t axis : *axes) {
    const auto size = static_size(application, axis, names.gamma);
    if (!size) {
      return std::nullopt;
    }
    type.shape.axes.emplace_back(*size);
  }
  Inferred inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
  const bool trainable = application.boolean("trainable");
  if (is_wanted(application, "scale")) {
    inferred.weights.push_back(
        {.name = names.gamma, .type = type, .initializer = {.kind = "ones", .value = 1}, .trainable = trainable});
  }
  if (!names.beta.empty() && is_wanted(application, "center")) {
    inferred.weights.push_back(
        {.name = names.beta, .type = type, .initializer = {.kind = "zeros"}, .trainable = trainable});
  }
  return inferred;
}

std::vector<graph::NodeId> lower_normalisation(Lowering& lowering, LowerRow lower_row) {
  const Application& application = lowering.application;
  graph::Builder& builder = lowering.builder;
  const auto axes = resolve_axes(application, application.inputs[0]);
  KDLC_ASSERT(axes.has_value(), "what is lowered was inferred without a mistake");
  const auto as_row = [&](graph::NodeId weight) {
    const Shape& shape = builder.type(weight).shape;
    return shape.axis_count() == 1 ? weight : builder.reshape(weight, Shape{{shape.element_count()}});
  };
  NormalisationWeights weights;
  std::size_t next = 0;
  if (is_wanted(application, "scale")) {
    weights.gamma = as_row(lowering.weights[next++]);
  }
  if (next < lowering.weights.size()) {
    weights.beta = as_row(lowering.weights[next]);
  }
  return {apply_along(builder, lowering.inputs[0], *axes,
                      [&](graph::NodeId row) { return lower_row(builder, row, weights, application.number("eps")); })};
}

}  // namespace kdlc::catalogue
