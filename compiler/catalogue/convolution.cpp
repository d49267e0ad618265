// Convolutions in one, two and three dimensions: one inference and one lowering for all.
//
//   y[n, o…, f] = act(bias[f] + Σ over t…, c of x[n, o·stride + t·dilation - low, c] · kernel[t…, c, f])
#include "catalogue/convolution.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/convolution_parts.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/labels.hpp"
#include "catalogue/windows.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

struct Geometry {
  std::size_t leading = 0;
  std::int64_t channels = 0;
  Windows windows;
};

constexpr WindowSettings kWindowSettings = {.size = "kernel", .dilation = "dilation"};

std::optional<Geometry> infer_geometry(const Application& application, std::size_t axis_count) {
  const bool holds_floats = require_floats(application);
  if (!require_axes(application, convolution_axes(axis_count)) || !holds_floats) {
    return std::nullopt;
  }
  Geometry geometry;
  geometry.leading = leading_axis_count(application, axis_count + 1);
  const auto channels = static_size(application, geometry.leading + axis_count, "kernel");
  auto windows = infer_windows(application, geometry.leading, axis_count, kWindowSettings);
  if (!channels || !windows) {
    return std::nullopt;
  }
  geometry.channels = *channels;
  geometry.windows = std::move(*windows);
  return geometry;
}

bool groups_divide(const Application& application, std::int64_t channels) {
  const std::int64_t groups = application.integer("groups");
  const std::int64_t filters = application.integer("filters");
  const BoundSetting& bound = application.setting("groups");
  const auto divides = [&](std::int64_t count, const std::string& what, const Span& where) {
    if (count % groups == 0) {
      return true;
    }
    application.report
        ->add(bound.span, diag::SettingRange, bound.value.to_text(), "groups", std::string(application.layer->name),
              fmt::format("a divisor of the {}, {}", what, count))
        .label(where, fmt::format("{} {}", count, what));
    return false;
  };
  const bool divides_channels = divides(channels, "channels", application.inputs[0].span);
  return divides(filters, "filters", application.setting("filters").span) && divides_channels;
}

TensorType result_type(const Application& application, const Geometry& geometry, std::int64_t channels) {
  TensorType type = application.type();
  for (std::size_t axis = 0; axis < geometry.windows.output.size(); ++axis) {
    type.shape.axes[geometry.leading + axis] = geometry.windows.output[axis];
  }
  type.shape.axes.back() = channels;
  return type;
}

Shape kernel_shape(const Windows& windows, std::int64_t inner, std::int64_t outer) {
  Shape shape;
  shape.axes.assign(windows.size.begin(), windows.size.end());
  shape.axes.emplace_back(inner);
  shape.axes.emplace_back(outer);
  return shape;
}

/// Keras refuses both together except for depthwise convolutions; so do we, and need not say what a checkpoint means.
bool moves_one_way(const Application& application, const Windows& windows) {
  const auto is_above_one = [](std::int64_t size) { return size > 1; };
  if (!std::ranges::any_of(windows.stride, is_above_one) || !std::ranges::any_of(windows.dilation, is_above_one)) {
    return true;
  }
  const BoundSetting& stride = application.setting("stride");
  const BoundSetting& dilation = application.setting("dilation");
  application.report
      ->add(dilation.span, diag::SettingsConflict, "stride: " + stride.value.to_text(),
            "dilation: " + dilation.value.to_text(), std::string(application.layer->name), "keep one of them at 1")
      .label(stride.span, "a stride above 1");
  return false;
}

std::optional<Inferred> infer_convolution(const Application& application, std::size_t axis_count) {
  const auto geometry = infer_geometry(application, axis_count);
  if (!geometry || !groups_divide(application, geometry->channels) || !moves_one_way(application, geometry->windows)) {
    return std::nullopt;
  }
  lint_skipped_cells(application, geometry->windows, {.allows_single_cells = true});
  const std::int64_t groups = application.integer("groups");
  const std::int64_t filters = application.integer("filters");
  const auto result = with_activation(application, result_type(application, *geometry, filters));
  if (!result) {
    return std::nullopt;
  }
  const std::string details =
      join_details({fmt::format("{} × {}", filters, sizes_text(geometry->windows.size)),
                    windows_details(application, geometry->windows),
                    groups == 1 ? "" : fmt::format("{} groups", groups), activation_name(application)});
  return Inferred{.results = {*result},
                  .weights = kernel_and_bias(
                      application, kernel_shape(geometry->windows, geometry->channels / groups, filters), filters),
                  .details = details};
}

std::optional<Inferred> infer_depthwise(const Application& application, std::size_t axis_count) {
  const auto geometry = infer_geometry(application, axis_count);
  if (!geometry) {
    return std::nullopt;
  }
  lint_skipped_cells(application, geometry->windows, {.allows_single_cells = true});
  const std::int64_t multiplier = application.integer("multiplier");
  const Dim out_channels = Dim(geometry->channels) * multiplier;
  if (!out_channels.is_constant()) {
    application.report->add(application.setting("multiplier").span, diag::SettingRange, std::to_string(multiplier),
                            "multiplier", std::string(application.layer->name), "smaller");
    return std::nullopt;
  }
  const auto result = with_activation(application, result_type(application, *geometry, out_channels.constant()));
  if (!result) {
    return std::nullopt;
  }
  const std::string details =
      join_details({sizes_text(geometry->windows.size), windows_details(application, geometry->windows),
                    multiplier == 1 ? "" : fmt::format("multiplier {}", multiplier), activation_name(application)});
  return Inferred{
      .results = {*result},
      .weights = kernel_and_bias(application, kernel_shape(geometry->windows, geometry->channels, multiplier),
                                 out_channels.constant()),
      .details = details};
}

std::optional<Inferred> infer_separable(const Application& application, std::size_t axis_count) {
  const auto geometry = infer_geometry(application, axis_count);
  if (!geometry || !moves_one_way(application, geometry->windows)) {
    return std::nullopt;
  }
  lint_skipped_cells(application, geometry->windows, {.allows_single_cells = true});
  const std::int64_t multiplier = application.integer("multiplier");
  const std::int64_t filters = application.integer("filters");
  const auto result = with_activation(application, result_type(application, *geometry, filters));
  if (!result) {
    return std::nullopt;
  }
  Shape pointwise{std::vector<Dim>(axis_count, Dim(1))};
  pointwise.axes.push_back(Dim(geometry->channels) * multiplier);
  pointwise.axes.emplace_back(filters);
  std::vector<WeightSpec> weights = kernel_and_bias(application, pointwise, filters);
  WeightSpec depthwise = weights[0];
  depthwise.name = "depthwise_kernel";
  depthwise.type.shape = kernel_shape(geometry->windows, geometry->channels, multiplier);
  weights[0].name = "pointwise_kernel";
  weights.insert(weights.begin(), depthwise);
  const std::string details =
      join_details({fmt::format("{} × {}", filters, sizes_text(geometry->windows.size)),
                    windows_details(application, geometry->windows),
                    multiplier == 1 ? "" : fmt::format("multiplier {}", multiplier), activation_name(application)});
  return Inferred{.results = {*result}, .weights = std::move(weights), .details = details};
}

/// A contraction whose left operand slides over `axis_count` axes; channel labels are added by the caller.
graph::ContractionAttributes sliding(std::size_t leading, const Windows& windows) {
  const std::size_t axis_count = windows.size.size();
  graph::ContractionAttributes attributes;
  attributes.left = leading_labels(leading) + std::string(kSpatialLabels.substr(0, axis_count));
  attributes.right = std::string(kWindowLabels.substr(0, axis_count));
  attributes.output = attributes.left;
  for (std::size_t axis = 0; axis < axis_count; ++axis) {
    attributes.windows.push_back({.output = kSpatialLabels[axis],
                                  .window = kWindowLabels[axis],
                                  .stride = windows.stride[axis],
                                  .dilation = windows.dilation[axis],
                                  .pad_low = windows.border[axis].low,
                                  .pad_high = windows.border[axis].high});
  }
  return attributes;
}

Geometry geometry_of(const Application& application, std::size_t axis_count) {
  auto geometry = infer_geometry(application, axis_count);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  return std::move(*geometry);
}

/// The depthwise sum with kernel [t…, channels, multiplier]; the multiplier has an axis of its own unless it is 1.
graph::NodeId sum_per_channel(Lowering& lowering, const Geometry& geometry, std::int64_t multiplier) {
  graph::Builder& builder = lowering.builder;
  graph::ContractionAttributes attributes = sliding(geometry.leading, geometry.windows);
  Shape kernel = kernel_shape(geometry.windows, geometry.channels, multiplier);
  attributes.left += 'c';
  attributes.right += 'c';
  attributes.output += 'c';
  if (multiplier == 1) {
    kernel.axes.pop_back();
  } else {
    attributes.right += 'm';
    attributes.output += 'm';
  }
  const graph::NodeId weights = builder.reshape(lowering.weights[0], kernel);
  return builder.contraction(std::move(attributes), lowering.inputs[0], weights);
}

std::vector<graph::NodeId> lower_per_channel(Lowering& lowering, const Geometry& geometry, std::int64_t multiplier) {
  return finish_convolution(lowering, sum_per_channel(lowering, geometry, multiplier), geometry.channels * multiplier);
}

std::vector<graph::NodeId> lower_separable(Lowering& lowering, std::size_t axis_count) {
  const Geometry geometry = geometry_of(lowering.application, axis_count);
  const std::int64_t multiplier = lowering.application.integer("multiplier");
  const std::int64_t filters = lowering.application.integer("filters");
  graph::Builder& builder = lowering.builder;
  graph::NodeId spread = sum_per_channel(lowering, geometry, multiplier);
  const std::int64_t inner = geometry.channels * multiplier;
  if (multiplier != 1) {
    Shape shape = builder.type(spread).shape;
    shape.axes.pop_back();
    spread = builder.reshape(spread, with_last(shape, {inner}));
  }
  const graph::NodeId pointwise = builder.reshape(lowering.weights[1], Shape{{inner, filters}});
  const std::string samples = leading_labels(builder.type(spread).shape.axis_count() - 1);
  graph::ContractionAttributes attributes{
      .left = samples + 'c', .right = "cf", .output = samples + 'f', .windows = {}, .epilogue = {}};
  graph::NodeId node = builder.contraction(std::move(attributes), spread, pointwise);
  if (lowering.weights.size() > 2) {
    node = builder.map2(graph::MapOp::add, node, lowering.weights[2]);
  }
  return {apply_activation(lowering, node)};
}

std::vector<graph::NodeId> lower_depthwise(Lowering& lowering, std::size_t axis_count) {
  const Geometry geometry = geometry_of(lowering.application, axis_count);
  return lower_per_channel(lowering, geometry, lowering.application.integer("multiplier"));
}

std::vector<graph::NodeId> lower_convolution(Lowering& lowering, std::size_t axis_count) {
  const Application& application = lowering.application;
  const Geometry geometry = geometry_of(application, axis_count);
  const std::int64_t groups = application.integer("groups");
  const std::int64_t filters = application.integer("filters");
  if (groups != 1 && groups == geometry.channels) {
    return lower_per_channel(lowering, geometry, filters / groups);
  }
  graph::Builder& builder = lowering.builder;
  graph::ContractionAttributes attributes = sliding(geometry.leading, geometry.windows);
  graph::NodeId x = lowering.inputs[0];
  graph::NodeId kernel = lowering.weights[0];
  if (groups != 1) {
    // Filters are group after group, and so are channels.
    x = builder.reshape(x, with_last(builder.type(x).shape, {groups, geometry.channels / groups}));
    kernel = builder.reshape(kernel, with_last(builder.type(kernel).shape, {groups, filters / groups}));
    attributes.left += 'g';
    attributes.output += 'g';
  }
  attributes.left += 'c';
  attributes.right += groups == 1 ? "cf" : "cgf";
  attributes.output += 'f';
  const graph::NodeId sum = builder.contraction(std::move(attributes), x, kernel);
  return finish_convolution(lowering, sum, filters);
}

std::vector<Setting> window_settings(std::size_t axis_count) {
  std::vector<std::string_view> words = {"same", "valid"};
  if (axis_count == 1) {
    words.emplace_back("causal");
  }
  return {{.name = "kernel", .kind = SettingKind::sizes, .range = size_range(), .doc = "the size of the window"},
          activation_setting(),
          stride_setting(),
          padding_setting(words),
          dilation_setting()};
}

using InferOver = std::optional<Inferred> (*)(const Application&, std::size_t);
using LowerOver = std::vector<graph::NodeId> (*)(Lowering&, std::size_t);

template <std::size_t axis_count, InferOver infer_over, LowerOver lower_over>
void set_functions(Layer& layer) {
  layer.infer = [](const Application& application) { return infer_over(application, axis_count); };
  layer.lower = [](Lowering& lowering) { return lower_over(lowering, axis_count); };
}

template <InferOver infer_over, LowerOver lower_over>
Layer layer_over(std::size_t axis_count) {
  Layer layer;
  layer.inputs = {{.name = "x",
                   .doc = axis_count == 1   ? "[N, steps, channels]"
                          : axis_count == 2 ? "[N, height, width, channels]"
                                            : "[N, depth, height, width, channels]"}};
  axis_count == 1   ? set_functions<1, infer_over, lower_over>(layer)
  : axis_count == 2 ? set_functions<2, infer_over, lower_over>(layer)
                    : set_functions<3, infer_over, lower_over>(layer);
  return layer;
}

Setting filters_setting() {
  return {.name = "filters", .range = size_range(), .doc = "the number of channels of the result"};
}
Setting multiplier_setting() {
  return {.name = "multiplier",
          .default_value = integer_value(1),
          .range = size_range(),
          .doc = "the number of results for each channel"};
}

}  // namespace

Layer convolution_layer(std::size_t axis_count) {
  Layer layer = layer_over<infer_convolution, lower_convolution>(axis_count);
  std::vector<Setting> settings = {filters_setting()};
  for (Setting& setting : window_settings(axis_count)) {
    settings.push_back(std::move(setting));
  }
  settings.push_back({.name = "groups",
                      .default_value = integer_value(1),
                      .range = size_range(),
                      .doc = "channels and filters are split into this many parts that do not see each other"});
  settings.push_back(bias_setting());
  layer.settings = with_weight_settings(std::move(settings), WeightSettings::kernel_and_bias);
  layer.foreign_names = with_weight_foreign_names({{"out_channels", "filters"}, {"depth_multiplier", "filters"}});
  return layer;
}

Layer depthwise_layer(std::size_t axis_count) {
  Layer layer = layer_over<infer_depthwise, lower_depthwise>(axis_count);
  std::vector<Setting> settings = window_settings(axis_count);
  settings.push_back(multiplier_setting());
  settings.push_back(bias_setting());
  layer.settings = with_weight_settings(std::move(settings), WeightSettings::kernel_and_bias);
  layer.foreign_names =
      with_weight_foreign_names({{"depth_multiplier", "multiplier"}, {"depthwise_initializer", "init"}});
  return layer;
}

Layer separable_layer(std::size_t axis_count) {
  Layer layer = layer_over<infer_separable, lower_separable>(axis_count);
  std::vector<Setting> settings = {filters_setting()};
  for (Setting& setting : window_settings(axis_count)) {
    settings.push_back(std::move(setting));
  }
  settings.push_back(multiplier_setting());
  settings.push_back(bias_setting());
  layer.settings = with_weight_settings(std::move(settings), WeightSettings::kernel_and_bias);
  layer.foreign_names = with_weight_foreign_names({{"depth_multiplier", "multiplier"}});
  return layer;
}

}  // namespace kdlc::catalogue
