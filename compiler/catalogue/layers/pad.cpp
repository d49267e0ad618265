// pad: a border of one value around the axes between N and the channels.
#include <array>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/pooling.hpp"
#include "catalogue/windows.hpp"

namespace kdlc::catalogue {
namespace {

struct Geometry {
  std::size_t first_axis = 0;
  std::vector<Border> borders;
};

std::optional<Geometry> infer_geometry(const Application& application) {
  constexpr std::array<std::string_view, 1> kSizedSettings = {"padding"};
  const auto axis_count = spatial_axis_count(application, kSizedSettings);
  const auto borders = axis_count ? explicit_borders(application, "padding", *axis_count) : std::nullopt;
  if (!borders) {
    return std::nullopt;
  }
  return Geometry{.first_axis = leading_axis_count(application, *axis_count + 1), .borders = *borders};
}

std::optional<Inferred> infer(const Application& application) {
  const auto geometry = infer_geometry(application);
  if (!geometry) {
    return std::nullopt;
  }
  TensorType type = application.type();
  for (std::size_t axis = 0; axis < geometry->borders.size(); ++axis) {
    Dim& size = type.shape.axes[geometry->first_axis + axis];
    size = size + geometry->borders[axis].low + geometry->borders[axis].high;
  }
  return Inferred{.results = {type}, .weights = {}, .details = application.setting("padding").value.to_text()};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto geometry = infer_geometry(lowering.application);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  const std::size_t axis_count = lowering.application.type().shape.axis_count();
  std::vector<std::int64_t> low(axis_count, 0);
  std::vector<std::int64_t> high(axis_count, 0);
  for (std::size_t axis = 0; axis < geometry->borders.size(); ++axis) {
    low[geometry->first_axis + axis] = geometry->borders[axis].low;
    high[geometry->first_axis + axis] = geometry->borders[axis].high;
  }
  return {lowering.builder.pad(lowering.inputs[0], low, high, lowering.application.number("value"))};
}

}  // namespace

extern const Layer layer_pad = {
    .name = "pad",
    .summary = "a border of one value around the axes between N and the channels",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes between"}},
    .settings = {{.name = "padding",
                  .kind = SettingKind::padding,
                  .default_value = integer_value(1),
                  .range = count_range(),
                  .doc = "cells on all sides, [h, w], or [[top, bottom], [left, right]]"},
                 {.name = "value",
                  .kind = SettingKind::number,
                  .default_value = number_value(0),
                  .doc = "what stands in the border"}},
    .known_elsewhere_as = {"ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
