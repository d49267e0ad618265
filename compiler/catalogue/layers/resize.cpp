// resize: an image, sequence or volume at another size.
#include <array>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/pooling.hpp"
#include "catalogue/resizing.hpp"
#include "catalogue/windows.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

struct Geometry {
  std::size_t first_axis = 0;
  std::vector<std::int64_t> sizes;
};

std::optional<Geometry> infer_geometry(const Application& application) {
  constexpr std::array<std::string_view, 1> kSizedSettings = {"size"};
  const auto axis_count = spatial_axis_count(application, kSizedSettings);
  const auto sizes = axis_count ? application.sizes("size", *axis_count) : std::nullopt;
  if (!sizes) {
    return std::nullopt;
  }
  return Geometry{.first_axis = leading_axis_count(application, *axis_count + 1), .sizes = *sizes};
}

std::optional<Inferred> infer(const Application& application) {
  const bool is_mean = interpolation_of(application) == Interpolation::bilinear;
  const bool holds_floats = !is_mean || require_floats(application);
  const auto geometry = infer_geometry(application);
  if (!geometry || !holds_floats) {
    return std::nullopt;
  }
  TensorType type = application.type();
  for (std::size_t axis = 0; axis < geometry->sizes.size(); ++axis) {
    Dim& size = type.shape.axes[geometry->first_axis + axis];
    if (!size.is_constant()) {
      const BoundInput& x = application.inputs[0];
      application.report
          ->add(x.span, diag::AxisCount, named_with_axes(x), "resize", "sizes that are known when compiling")
          .label(application.span, "weighs cells by their distance")
          .help("`upsample` takes a factor, which needs no fixed size");
      return std::nullopt;
    }
    size = geometry->sizes[axis];
  }
  return Inferred{.results = {type}, .weights = {}, .details = sizes_text(geometry->sizes)};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto geometry = infer_geometry(lowering.application);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  graph::NodeId x = lowering.inputs[0];
  for (std::size_t axis = 0; axis < geometry->sizes.size(); ++axis) {
    x = resize_axis(lowering.builder, x, static_cast<std::uint32_t>(geometry->first_axis + axis), geometry->sizes[axis],
                    interpolation_of(lowering.application));
  }
  return {x};
}

}  // namespace

extern const Layer layer_resize = {
    .name = "resize",
    .summary = "the input at another size along the axes between N and the channels, by half-pixel centres",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes of fixed size between"}},
    .settings = {{.name = "size",
                  .kind = SettingKind::sizes,
                  .range = size_range(),
                  .doc = "the new size: one for all axes, or a list"},
                 interpolation_setting(Interpolation::bilinear)},
    .foreign_names = {{"mode", "interpolation"}},
    .known_elsewhere_as = {"Resizing", "interpolate"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
