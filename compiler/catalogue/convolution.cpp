// Convolutions in one, two and three dimensions: one inference and one lowering for all.
//
//   y[n, o…, f] = act(bias[f] + Σ over t…, c of x[n, o·stride + t·dilation - low, c] · kernel[t…, c, f])
#include "catalogue/convolution.hpp"

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

std::optional<Inferred> infer_convolution(const Application& application, std::size_t axis_count) {
  const auto geometry = infer_geometry(application, axis_count);
  if (!geometry || !groups_divide(application, geometry->channels)) {
    return std::nullopt;
  }
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

/// Depthwise, kernel [t…, channels, multiplier]: without the multiplier's axis where it is 1.
std::vector<graph::NodeId> lower_per_channel(Lowering& lowering, const Geometry& geometry, std::int64_t multiplier) {
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
  const graph::NodeId sum = builder.contraction(std::move(attributes), lowering.inputs[0], weights);
  return finish_convolution(lowering, sum, geometry.channels * multiplier);
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

template <std::size_t axis_count>
void set_functions(Layer& layer, bool depthwise) {
  layer.infer = depthwise ? [](const Application& application) { return infer_depthwise(application, axis_count); }
                          : [](const Application& application) { return infer_convolution(application, axis_count); };
  layer.lower = depthwise ? [](Lowering& lowering) { return lower_depthwise(lowering, axis_count); }
                          : [](Lowering& lowering) { return lower_convolution(lowering, axis_count); };
}

Layer layer_over(std::size_t axis_count, bool depthwise) {
  Layer layer;
  layer.inputs = {{.name = "x",
                   .doc = axis_count == 1   ? "[N, steps, channels]"
                          : axis_count == 2 ? "[N, height, width, channels]"
                                            : "[N, depth, height, width, channels]"}};
  axis_count == 1   ? set_functions<1>(layer, depthwise)
  : axis_count == 2 ? set_functions<2>(layer, depthwise)
                    : set_functions<3>(layer, depthwise);
  return layer;
}

}  // namespace

Layer convolution_layer(std::size_t axis_count) {
  Layer layer = layer_over(axis_count, false);
  std::vector<Setting> settings = {
      {.name = "filters", .range = size_range(), .doc = "the number of channels of the result"}};
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
  Layer layer = layer_over(axis_count, true);
  std::vector<Setting> settings = window_settings(axis_count);
  settings.push_back({.name = "multiplier",
                      .default_value = integer_value(1),
                      .range = size_range(),
                      .doc = "the number of results for each channel"});
  settings.push_back(bias_setting());
  layer.settings = with_weight_settings(std::move(settings), WeightSettings::kernel_and_bias);
  layer.foreign_names =
      with_weight_foreign_names({{"depth_multiplier", "multiplier"}, {"depthwise_initializer", "init"}});
  return layer;
}

}  // namespace kdlc::catalogue
