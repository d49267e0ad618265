// upsample: larger by a whole factor along the axes between N and the channels.
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
  const auto geometry = infer_geometry(application);
  if (!geometry) {
    return std::nullopt;
  }
  const bool is_mean = interpolation_of(application) == Interpolation::bilinear;
  if (is_mean && !require_floats(application)) {
    return std::nullopt;
  }
  TensorType type = application.type();
  for (std::size_t axis = 0; axis < geometry->sizes.size(); ++axis) {
    Dim& size = type.shape.axes[geometry->first_axis + axis];
    if (is_mean && !size.is_constant()) {
      application.report
          ->add(application.setting("interpolation").span, diag::SettingRange, "bilinear", "interpolation", "upsample",
                "nearest where a size is known only at run time")
          .label(application.inputs[0].span, type.shape.to_text());
      return std::nullopt;
    }
    size = size * geometry->sizes[axis];
  }
  return Inferred{.results = {type}, .weights = {}, .details = sizes_text(geometry->sizes)};
}

std::vector<graph::NodeId> lower_bilinear(Lowering& lowering, const Geometry& geometry) {
  graph::NodeId x = lowering.inputs[0];
  for (std::size_t index = 0; index < geometry.sizes.size(); ++index) {
    const std::size_t axis = geometry.first_axis + index;
    x = resize_axis(lowering.builder, x, static_cast<std::uint32_t>(axis),
                    lowering.inferred.results[0].shape.axes[axis].constant(), Interpolation::bilinear);
  }
  return {x};
}

/// [h, w] as [h, 1, w, 1], stretched to [h, s, w, s], read as [h·s, w·s].
std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto geometry = infer_geometry(lowering.application);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  if (interpolation_of(lowering.application) == Interpolation::bilinear) {
    return lower_bilinear(lowering, *geometry);
  }
  const Shape& x = lowering.application.type().shape;
  Shape single;
  Shape repeated;
  for (std::size_t axis = 0; axis < x.axis_count(); ++axis) {
    single.axes.push_back(x.axes[axis]);
    repeated.axes.push_back(x.axes[axis]);
    if (axis >= geometry->first_axis && axis < geometry->first_axis + geometry->sizes.size()) {
      single.axes.emplace_back(1);
      repeated.axes.emplace_back(geometry->sizes[axis - geometry->first_axis]);
    }
  }
  graph::Builder& builder = lowering.builder;
  const graph::NodeId stretched = builder.broadcast_to(builder.reshape(lowering.inputs[0], single), repeated);
  return {builder.reshape(stretched, lowering.inferred.results[0].shape)};
}

}  // namespace

extern const Layer layer_upsample = {
    .name = "upsample",
    .summary =
        "`size` times larger along the axes between N and the channels: cells repeated, or means by half-pixel centres",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes between"}},
    .settings = {{.name = "size",
                  .kind = SettingKind::sizes,
                  .default_value = integer_value(2),
                  .range = size_range(),
                  .doc = "how many times larger each axis becomes"},
                 interpolation_setting(Interpolation::nearest)},
    .foreign_names = {{"scale_factor", "size"}, {"mode", "interpolation"}},
    .known_elsewhere_as = {"UpSampling1D", "UpSampling2D", "UpSampling3D", "Upsample"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
