// center_crop: the middle of an image, sequence or volume.
#include <array>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/pooling.hpp"
#include "catalogue/windows.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  constexpr std::array<std::string_view, 1> kSizedSettings = {"size"};
  const auto axis_count = spatial_axis_count(application, kSizedSettings);
  const auto sizes = axis_count ? application.sizes("size", *axis_count) : std::nullopt;
  if (!sizes) {
    return std::nullopt;
  }
  TensorType type = application.type();
  const std::size_t first = leading_axis_count(application, *axis_count + 1);
  for (std::size_t axis = 0; axis < sizes->size(); ++axis) {
    Dim& size = type.shape.axes[first + axis];
    if (!size.is_constant() || size.constant() < (*sizes)[axis]) {
      const BoundSetting& bound = application.setting("size");
      application.report
          ->add(bound.span, diag::SettingRange, bound.value.to_text(), "size", "center_crop",
                fmt::format("at most {} along axis {}", size.to_text(), first + axis))
          .label(application.inputs[0].span, type.shape.to_text());
      return std::nullopt;
    }
    size = (*sizes)[axis];
  }
  return Inferred{.results = {type}, .weights = {}, .details = sizes_text(*sizes)};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const Shape& from = lowering.application.type().shape;
  const Shape& to = lowering.inferred.results[0].shape;
  std::vector<Dim> begin;
  for (std::size_t axis = 0; axis < from.axis_count(); ++axis) {
    begin.push_back(floor_divide(from.axes[axis] - to.axes[axis], 2));
  }
  return {lowering.builder.slice(lowering.inputs[0], begin, to.axes, std::vector<std::int64_t>(begin.size(), 1))};
}

}  // namespace

extern const Layer layer_center_crop = {
    .name = "center_crop",
    .summary = "the middle of the input, `size` cells along the axes between N and the channels",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes of fixed size between"}},
    .settings = {{.name = "size",
                  .kind = SettingKind::sizes,
                  .range = size_range(),
                  .doc = "the size to keep: one for all axes, or a list"}},
    .known_elsewhere_as = {"CenterCrop"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
