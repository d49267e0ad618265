// Transposed convolutions in one, two and three dimensions.
//
//   y[n, i·stride + t·dilation - low, f] += x[n, i, c] · kernel[t, f, c]
// As a sliding sum: the window runs over the input with stride - 1 gaps between its cells, the kernel turned round.
#include "catalogue/convolution_transpose.hpp"

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

/// One axis: which cells of the full spread are kept.
struct Spread {
  std::int64_t size = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t low = 0;  // cells cut off in front
  Dim output;
  [[nodiscard]] std::int64_t extent() const { return (size - 1) * dilation + 1; }
};
struct Geometry {
  std::size_t leading = 0;
  std::int64_t channels = 0;
  std::vector<Spread> axes;
};

bool output_padding_fits(const Application& application, std::span<const std::int64_t> padding,
                         std::span<const std::int64_t> stride) {
  for (std::size_t axis = 0; axis < padding.size(); ++axis) {
    if (padding[axis] >= stride[axis]) {
      const BoundSetting& bound = application.setting("output_padding");
      application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), "output_padding",
                              std::string(application.layer->name),
                              fmt::format("smaller than the stride, {}", stride[axis]));
      return false;
    }
  }
  return true;
}

/// Keras' sizes: valid (n - 1)·s + max(extent, s), same n·s; with output_padding p valid (n - 1)·s + extent + p, same
/// (n - 1)·s + extent - 2·floor(extent / 2) + p. Borders in cells are cut off the full spread.
void set_output(Spread& spread, const Dim& size, const std::string& padding, std::optional<std::int64_t> extra,
                const Border& border) {
  const std::int64_t extent = spread.extent();
  const Dim spread_start = (size - 1) * spread.stride;
  std::int64_t behind_start = 0;  // output - (n - 1)·s
  if (padding == "valid") {
    behind_start = extra ? extent + *extra : std::max(extent, spread.stride);
  } else if (padding == "same") {
    behind_start = extra ? extent - 2 * (extent / 2) + *extra : spread.stride;
    spread.low = std::max<std::int64_t>(extent - behind_start, 0) / 2;
  } else {
    behind_start = extent - border.low - border.high + extra.value_or(0);
    spread.low = border.low;
  }
  spread.output = spread_start + behind_start;
}

std::optional<std::vector<Spread>> infer_spreads(const Application& application, std::span<const Dim> sizes) {
  const std::size_t count = sizes.size();
  const auto kernel = application.sizes("kernel", count);
  const auto stride = application.sizes("stride", count);
  const auto dilation = application.sizes("dilation", count);
  const bool has_extra = application.has("output_padding");
  const auto extra = has_extra ? application.sizes("output_padding", count) : std::vector<std::int64_t>(count, 0);
  if (!kernel || !stride || !dilation || !extra || (has_extra && !output_padding_fits(application, *extra, *stride))) {
    return std::nullopt;
  }
  const auto* word = std::get_if<std::string>(&application.setting("padding").value.value);
  const auto borders = word != nullptr ? std::vector<Border>(count) : explicit_borders(application, "padding", count);
  if (!borders) {
    return std::nullopt;
  }
  std::vector<Spread> spreads;
  for (std::size_t axis = 0; axis < count; ++axis) {
    Spread spread{.size = (*kernel)[axis], .stride = (*stride)[axis], .dilation = (*dilation)[axis]};
    set_output(spread, sizes[axis], word != nullptr ? *word : "",
               has_extra ? std::optional((*extra)[axis]) : std::nullopt, (*borders)[axis]);
    const bool cut_too_far = (*borders)[axis].low >= spread.extent() || (*borders)[axis].high >= spread.extent();
    if (cut_too_far || (spread.output.is_constant() && spread.output.constant() < 1)) {
      const BoundSetting& bound = application.setting("padding");
      application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), "padding",
                              std::string(application.layer->name), "small enough to leave something of the result");
      return std::nullopt;
    }
    spreads.push_back(spread);
  }
  return spreads;
}

std::optional<Geometry> infer_geometry(const Application& application, std::size_t axis_count) {
  const bool holds_floats = require_floats(application);
  if (!require_axes(application, convolution_axes(axis_count)) || !holds_floats) {
    return std::nullopt;
  }
  const std::size_t leading = leading_axis_count(application, axis_count + 1);
  const auto channels = static_size(application, leading + axis_count, "kernel");
  const auto spreads =
      infer_spreads(application, std::span(application.type().shape.axes).subspan(leading, axis_count));
  if (!channels || !spreads) {
    return std::nullopt;
  }
  return Geometry{.leading = leading, .channels = *channels, .axes = *spreads};
}

std::optional<Inferred> infer_transposed(const Application& application, std::size_t axis_count) {
  const auto geometry = infer_geometry(application, axis_count);
  if (!geometry) {
    return std::nullopt;
  }
  const std::int64_t filters = application.integer("filters");
  TensorType type = application.type();
  Shape kernel;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  for (std::size_t axis = 0; axis < axis_count; ++axis) {
    const Spread& spread = geometry->axes[axis];
    type.shape.axes[geometry->leading + axis] = spread.output;
    kernel.axes.emplace_back(spread.size);
    sizes.push_back(spread.size);
    strides.push_back(spread.stride);
  }
  type.shape.axes.back() = filters;
  kernel.axes.emplace_back(filters);
  kernel.axes.emplace_back(geometry->channels);
  const auto result = with_activation(application, type);
  if (!result) {
    return std::nullopt;
  }
  const std::string padding = application.setting("padding").value.to_text();
  return Inferred{
      .results = {*result},
      .weights = kernel_and_bias(application, kernel, filters),
      .details = join_details({fmt::format("{} × {}", filters, sizes_text(sizes)), "stride " + sizes_text(strides),
                               padding == "valid" ? "" : padding, activation_name(application)})};
}

/// kernel[t, f, c] as [k - 1 - t, c, f]: nodes of the prepare part.
graph::NodeId turned_kernel(graph::Builder& builder, graph::NodeId kernel, std::size_t axis_count) {
  const Shape shape = builder.type(kernel).shape;
  std::vector<Dim> begin(shape.axis_count(), Dim(0));
  std::vector<std::int64_t> step(shape.axis_count(), 1);
  std::vector<std::uint32_t> permutation;
  for (std::uint32_t axis = 0; axis < axis_count; ++axis) {
    begin[axis] = shape.axes[axis] - 1;
    step[axis] = -1;
    permutation.push_back(axis);
  }
  permutation.push_back(static_cast<std::uint32_t>(axis_count + 1));
  permutation.push_back(static_cast<std::uint32_t>(axis_count));
  return builder.transpose(builder.slice(kernel, begin, shape.axes, step), permutation);
}

std::vector<graph::NodeId> lower_transposed(Lowering& lowering, std::size_t axis_count) {
  const auto geometry = infer_geometry(lowering.application, axis_count);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  graph::ContractionAttributes attributes;
  const std::string samples = leading_labels(geometry->leading) + std::string(kSpatialLabels.substr(0, axis_count));
  attributes.left = samples + 'c';
  attributes.right = std::string(kWindowLabels.substr(0, axis_count)) + "cf";
  attributes.output = samples + 'f';
  const Shape& input = lowering.application.type().shape;
  for (std::size_t axis = 0; axis < axis_count; ++axis) {
    const Spread& spread = geometry->axes[axis];
    // The result's size is that of the gapped input, plus both borders, less the window's reach, plus one.
    const std::int64_t pad_low = spread.extent() - 1 - spread.low;
    const Dim gapped = (input.axes[geometry->leading + axis] - 1) * spread.stride + 1;
    const Dim pad_high = spread.output - gapped - pad_low + spread.extent() - 1;
    attributes.windows.push_back({.output = kSpatialLabels[axis],
                                  .window = kWindowLabels[axis],
                                  .stride = 1,
                                  .dilation = spread.dilation,
                                  .pad_low = pad_low,
                                  .pad_high = pad_high.constant(),
                                  .input_dilation = spread.stride});
  }
  const graph::NodeId kernel = turned_kernel(lowering.builder, lowering.weights[0], axis_count);
  const graph::NodeId sum = lowering.builder.contraction(std::move(attributes), lowering.inputs[0], kernel);
  return finish_convolution(lowering, sum, lowering.application.integer("filters"));
}

template <std::size_t axis_count>
void set_functions(Layer& layer) {
  layer.infer = [](const Application& application) { return infer_transposed(application, axis_count); };
  layer.lower = [](Lowering& lowering) { return lower_transposed(lowering, axis_count); };
}

}  // namespace

Layer convolution_transpose_layer(std::size_t axis_count) {
  Layer layer;
  layer.inputs = {{.name = "x",
                   .doc = axis_count == 1   ? "[N, steps, channels]"
                          : axis_count == 2 ? "[N, height, width, channels]"
                                            : "[N, depth, height, width, channels]"}};
  std::vector<Setting> settings = {
      {.name = "filters", .range = size_range(), .doc = "the number of channels of the result"},
      {.name = "kernel", .kind = SettingKind::sizes, .range = size_range(), .doc = "the size of the window"},
      activation_setting(),
      stride_setting(),
      padding_setting({"same", "valid"}),
      dilation_setting(),
      bias_setting(),
      {.name = "output_padding",
       .kind = SettingKind::sizes,
       .default_value = no_value(),
       .range = count_range(),
       .doc = "cells added at the end of the result, fewer than the stride"}};
  layer.settings = with_weight_settings(std::move(settings), WeightSettings::kernel_and_bias);
  layer.foreign_names = with_weight_foreign_names({{"out_channels", "filters"}});
  axis_count == 1 ? set_functions<1>(layer) : axis_count == 2 ? set_functions<2>(layer) : set_functions<3>(layer);
  return layer;
}

}  // namespace kdlc::catalogue
