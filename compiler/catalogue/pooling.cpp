// Pools: reductions over sliding windows, in one to three dimensions by the input's axes.
#include "catalogue/pooling.hpp"

#include <array>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/windows.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

constexpr std::array<std::string_view, 3> kSizedSettings = {"window", "stride", "padding"};
constexpr WindowSettings kWindowSettings = {.size = "window", .dilation = ""};

struct Geometry {
  std::size_t first_axis = 0;
  Windows windows;
};

std::optional<Geometry> infer_geometry(const Application& application) {
  const auto axis_count = spatial_axis_count(application, kSizedSettings);
  if (!axis_count) {
    return std::nullopt;
  }
  const std::size_t first_axis = leading_axis_count(application, *axis_count + 1);
  auto windows = infer_windows(application, first_axis, *axis_count, kWindowSettings);
  return windows ? std::optional(Geometry{.first_axis = first_axis, .windows = std::move(*windows)}) : std::nullopt;
}

std::optional<Inferred> infer_pool(const Application& application) {
  const auto geometry = infer_geometry(application);
  if (!geometry) {
    return std::nullopt;
  }
  lint_skipped_cells(application, geometry->windows, {.allows_single_cells = false});
  TensorType type = application.type();
  for (std::size_t axis = 0; axis < geometry->windows.output.size(); ++axis) {
    type.shape.axes[geometry->first_axis + axis] = geometry->windows.output[axis];
  }
  return Inferred{
      .results = {type},
      .weights = {},
      .details = join_details({sizes_text(geometry->windows.size), windows_details(application, geometry->windows)})};
}

bool require_spatial_axes(const Application& application) {
  constexpr std::array<std::string_view, 2> kOwnAxes = {"…", "channels"};
  return require_axes(application, kOwnAxes);
}

std::vector<std::uint32_t> spatial_axes(const TensorType& type) {
  std::vector<std::uint32_t> axes;
  for (std::size_t axis = type.shape.has_batch() ? 1 : 0; axis + 1 < type.shape.axis_count(); ++axis) {
    axes.push_back(static_cast<std::uint32_t>(axis));
  }
  return axes;
}

std::optional<Inferred> infer_global_pool(const Application& application) {
  if (!require_spatial_axes(application)) {
    return std::nullopt;
  }
  const TensorType& x = application.type();
  TensorType type{.dtype = x.dtype, .shape = {}};
  const std::size_t last = x.shape.axis_count() - 1;
  for (std::size_t axis = 0; axis <= last; ++axis) {
    const bool is_spatial = axis != last && !(axis == 0 && x.shape.has_batch());
    if (!is_spatial) {
      type.shape.axes.push_back(x.shape.axes[axis]);
    } else if (application.boolean("keep")) {
      type.shape.axes.emplace_back(1);
    }
  }
  return Inferred{.results = {type}, .weights = {}, .details = application.boolean("keep") ? "keep" : ""};
}

}  // namespace

std::optional<std::size_t> spatial_axis_count(const Application& application,
                                              std::span<const std::string_view> settings) {
  if (!require_spatial_axes(application)) {
    return std::nullopt;
  }
  const BoundInput& x = application.inputs[0];
  const std::size_t available = x.type.shape.without_batch().axis_count() - 1;
  std::size_t count = available;
  for (const std::string_view name : settings) {
    if (const auto* list = std::get_if<SettingList>(&application.setting(name).value.value)) {
      count = list->size();
      break;
    }
  }
  if (count >= 1 && count <= 3 && count <= available) {
    return count;
  }
  application.report->add(x.span, diag::AxisCount, named_with_axes(x), std::string(application.layer->name),
                          count > available ? fmt::format("{} axes between N and the channels", count)
                                            : std::string("one, two or three axes between N and the channels"));
  return std::nullopt;
}

std::optional<Inferred> infer_maxpool(const Application& application) {
  return require_numbers(application) ? infer_pool(application) : std::nullopt;
}
std::optional<Inferred> infer_avgpool(const Application& application) {
  return require_floats(application) ? infer_pool(application) : std::nullopt;
}

std::vector<graph::NodeId> lower_pool(Lowering& lowering, graph::Reducer reducer) {
  const auto geometry = infer_geometry(lowering.application);
  KDLC_ASSERT(geometry.has_value(), "what is lowered was inferred without a mistake");
  graph::WindowReduceAttributes attributes{.reducer = reducer,
                                           .first_axis = static_cast<std::uint32_t>(geometry->first_axis),
                                           .windows = {},
                                           .epilogue = {}};
  const Windows& windows = geometry->windows;
  for (std::size_t axis = 0; axis < windows.size.size(); ++axis) {
    attributes.windows.push_back({.size = windows.size[axis],
                                  .stride = windows.stride[axis],
                                  .dilation = 1,
                                  .pad_low = windows.border[axis].low,
                                  .pad_high = windows.border[axis].high});
  }
  return {lowering.builder.window_reduce(std::move(attributes), lowering.inputs[0])};
}

std::vector<Setting> pool_settings() {
  Setting stride = stride_setting();
  stride.default_value = no_value();
  stride.doc = "how far the window moves; the size of the window when not given";
  return {{.name = "window",
           .kind = SettingKind::sizes,
           .default_value = integer_value(2),
           .range = size_range(),
           .doc = "the size of the window"},
          stride,
          padding_setting({"same", "valid"})};
}

std::vector<ForeignName> pool_foreign_names() {
  return {{"pool_size", "window"}, {"kernel_size", "window"}, {"kernel", "window"}, {"strides", "stride"}};
}

std::optional<Inferred> infer_global_maxpool(const Application& application) {
  return require_numbers(application) ? infer_global_pool(application) : std::nullopt;
}
std::optional<Inferred> infer_global_avgpool(const Application& application) {
  return require_floats(application) ? infer_global_pool(application) : std::nullopt;
}

std::vector<graph::NodeId> lower_global_pool(Lowering& lowering, graph::Reducer reducer) {
  return {lowering.builder.reduce(reducer, lowering.inputs[0], spatial_axes(lowering.application.type()),
                                  lowering.application.boolean("keep"))};
}

std::vector<Setting> global_pool_settings() {
  return {keep_setting()};
}

}  // namespace kdlc::catalogue
