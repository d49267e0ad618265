// crop: the border cells cut off, of the axes between N and the channels.
#include <array>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/pooling.hpp"
#include "catalogue/windows.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

struct Geometry {
  std::size_t first_axis = 0;
  std::vector<Border> borders;
};

std::optional<Geometry> infer_geometry(const Application& application) {
  constexpr std::array<std::string_view, 1> kSizedSettings = {"cropping"};
  const auto axis_count = spatial_axis_count(application, kSizedSettings);
  const auto borders = axis_count ? explicit_borders(application, "cropping", *axis_count) : std::nullopt;
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
    const Dim whole = size;
    size = size - geometry->borders[axis].low - geometry->borders[axis].high;
    if (size.is_constant() && size.constant() < 1) {
      const BoundSetting& bound = application.setting("cropping");
      application.report
          ->add(bound.span, diag::SettingRange, bound.value.to_text(), "cropping", "crop",
                fmt::format("less than axis {}, {}", geometry->first_axis + axis, whole.to_text()))
          .label(application.inputs[0].span, application.type().shape.to_text());
      return std::nullopt;
    }
  }
  return Inferred{.results = {type}, .weights = {}, .details = application.setting("cropping").value.to_text()};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto geometry = infer_geometry(lowering.application);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  const Shape& result = lowering.inferred.results[0].shape;
  std::vector<Dim> begin(result.axis_count(), Dim(0));
  for (std::size_t axis = 0; axis < geometry->borders.size(); ++axis) {
    begin[geometry->first_axis + axis] = geometry->borders[axis].low;
  }
  const std::vector<std::int64_t> step(result.axis_count(), 1);
  return {lowering.builder.slice(lowering.inputs[0], begin, result.axes, step)};
}

}  // namespace

extern const Layer layer_crop = {
    .name = "crop",
    .summary = "border cells cut off, of the axes between N and the channels",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes between"}},
    .settings = {{.name = "cropping",
                  .kind = SettingKind::padding,
                  .default_value = integer_value(1),
                  .range = count_range(),
                  .doc = "cells on all sides, [h, w], or [[top, bottom], [left, right]]"}},
    .known_elsewhere_as = {"Cropping1D", "Cropping2D", "Cropping3D"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
