// Arithmetic of sliding windows: sizes of results and borders, for convolutions and pools.
#include "catalogue/windows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// `[N, 28, 28, 1]` of a picture or signal whose few channels seem to stand first, with how to turn it.
std::optional<std::string> channels_put_last(const Shape& shape) {
  constexpr std::int64_t kMostChannels = 4;
  constexpr std::int64_t kSmallestSide = 16;
  constexpr std::int64_t kFewestSteps = 64;
  const std::size_t count = shape.axis_count();
  if (!shape.has_batch() || (count != 3 && count != 4) || !shape.is_static_per_sample()) {
    return std::nullopt;
  }
  Shape turned{{shape.axes.front()}};
  std::string order = "0";
  bool has_sides = shape.axes[1].constant() <= kMostChannels;
  for (std::size_t axis = 2; axis < count; ++axis) {
    has_sides = has_sides && shape.axes[axis].constant() >= (count == 4 ? kSmallestSide : kFewestSteps);
    turned.axes.push_back(shape.axes[axis]);
    order += fmt::format(", {}", axis);
  }
  turned.axes.push_back(shape.axes[1]);
  return has_sides ? std::optional(fmt::format("{}, or `transpose({}, 1)`", turned.to_text(), order)) : std::nullopt;
}

/// The extent of a window with its gaps: (size - 1) · dilation + 1.
std::int64_t extent_of(const Windows& windows, std::size_t axis) {
  return (windows.size[axis] - 1) * windows.dilation[axis] + 1;
}

/// Keras' rule for `same`: max((ceil(n / s) - 1) · s + extent - n, 0) cells, the odd one at the end. Does not depend on
/// n at stride 1, which is what a size known only at run time needs.
std::optional<Border> same_border(const Dim& size, std::int64_t stride, std::int64_t extent) {
  std::int64_t total = 0;
  if (stride == 1) {
    total = extent - 1;
  } else if (size.is_constant()) {
    const std::int64_t n = size.constant();
    const std::int64_t count = (n + stride - 1) / stride;
    total = std::max<std::int64_t>((count - 1) * stride + extent - n, 0);
  } else {
    return std::nullopt;
  }
  return Border{.low = total / 2, .high = total - total / 2};
}

void report_padding(const Application& application, std::string_view setting, std::string_view rule) {
  const BoundSetting& bound = application.setting(setting);
  application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), std::string(setting),
                          std::string(application.layer->name), std::string(rule));
}

/// The borders that the padding setting asks for.
std::optional<std::vector<Border>> infer_borders(const Application& application, std::span<const Dim> axes,
                                                 const Windows& windows) {
  const BoundSetting& bound = application.setting("padding");
  const auto* word = std::get_if<std::string>(&bound.value.value);
  if (word == nullptr) {
    return explicit_borders(application, "padding", axes.size());
  }
  std::vector<Border> borders;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const std::int64_t extent = extent_of(windows, axis);
    if (*word == "valid") {
      borders.push_back({});
    } else if (*word == "causal") {
      borders.push_back({.low = extent - 1, .high = 0});
    } else {
      KDLC_ASSERT(*word == "same", "the words of a padding are checked when it is bound");
      const std::optional<Border> border = same_border(axes[axis], windows.stride[axis], extent);
      if (!border) {
        report_padding(
            application, "padding",
            fmt::format("given in cells where the stride is {} and the size, `{}`, is known only at run time",
                        windows.stride[axis], axes[axis].to_text()));
        return std::nullopt;
      }
      borders.push_back(*border);
    }
  }
  return borders;
}

/// floor((n + borders - extent) / stride) + 1 windows; for `same` on a size known only at run time this is n.
Dim window_count(const Dim& size, const Border& border, std::int64_t extent, std::int64_t stride) {
  return floor_divide(size + border.low + border.high - extent, stride) + 1;
}

bool takes_kernel(const Application& application) {
  return std::ranges::find(application.layer->settings, "kernel", &Setting::name) != application.layer->settings.end();
}

bool windows_fit(const Application& application, std::size_t first_axis, const Windows& windows) {
  const BoundInput& input = application.inputs[0];
  for (std::size_t axis = 0; axis < windows.size.size(); ++axis) {
    const std::int64_t extent = extent_of(windows, axis);
    const Border& border = windows.border[axis];
    // A pool has no result where its window lies on the border alone; a convolution has its bias there.
    const bool is_pool = !takes_kernel(application);
    if (is_pool && (border.low >= extent || border.high >= extent)) {
      if (!std::holds_alternative<std::string>(application.setting("padding").value.value)) {
        report_padding(application, "padding", fmt::format("smaller than the window, {}", extent));
        return false;
      }
    }
    const Dim& size = input.type.shape.axes[first_axis + axis];
    if (size.is_constant() && size.constant() + border.low + border.high < extent) {
      std::vector<std::int64_t> extents;
      for (std::size_t each = 0; each < windows.size.size(); ++each) {
        extents.push_back(extent_of(windows, each));
      }
      Message& message = application.report->add(application.span, diag::WindowTooLarge, sizes_text(extents),
                                                 fmt::format("`{}`", input.text), input.type.shape.to_short_text());
      message.label(input.span, fmt::format("{} along axis {}", size.to_text(), first_axis + axis));
      if (extent != windows.size[axis]) {
        message.note(fmt::format("a dilation of {} spreads {} cells over {}", windows.dilation[axis],
                                 windows.size[axis], extent));
      }
      const std::optional<std::string> turned = channels_put_last(input.type.shape);
      message.help(
          turned ? fmt::format("do the channels stand first? Here they stand last: {}; else `padding: same` keeps "
                               "the size",
                               *turned)
                 : "`padding: same` keeps the size, or take a smaller window");
      return false;
    }
  }
  return true;
}

}  // namespace

std::string sizes_text(std::span<const std::int64_t> sizes) {
  std::string text;
  for (const std::int64_t size : sizes) {
    text += (text.empty() ? "" : "×") + std::to_string(size);
  }
  return text;
}

std::optional<std::vector<Border>> explicit_borders(const Application& application, std::string_view setting,
                                                    std::size_t axis_count) {
  const SettingValue& value = application.setting(setting).value;
  if (const auto* one = std::get_if<std::int64_t>(&value.value)) {
    return std::vector<Border>(axis_count, Border{.low = *one, .high = *one});
  }
  const auto* list = std::get_if<SettingList>(&value.value);
  const std::string_view rule = axis_count == 1 ? "a number of cells, or [[before, after]]"
                                                : "a number of cells, or a list with one number or pair for each axis";
  std::vector<Border> borders;
  for (const SettingValue& item : list == nullptr ? SettingList{} : *list) {
    const auto* both = std::get_if<std::int64_t>(&item.value);
    const auto* pair = std::get_if<SettingList>(&item.value);
    if (both != nullptr) {
      borders.push_back({.low = *both, .high = *both});
    } else if (pair != nullptr && pair->size() == 2 && std::holds_alternative<std::int64_t>((*pair)[0].value) &&
               std::holds_alternative<std::int64_t>((*pair)[1].value)) {
      borders.push_back(
          {.low = std::get<std::int64_t>((*pair)[0].value), .high = std::get<std::int64_t>((*pair)[1].value)});
    } else {
      report_padding(application, setting, rule);
      return std::nullopt;
    }
  }
  if (borders.size() != axis_count) {
    report_padding(application, setting, rule);
    return std::nullopt;
  }
  return borders;
}

std::optional<Windows> infer_windows(const Application& application, std::size_t first_axis, std::size_t axis_count,
                                     const WindowSettings& names) {
  const auto size = application.sizes(names.size, axis_count);
  const auto stride = application.has("stride") ? application.sizes("stride", axis_count) : size;
  const auto dilation =
      names.dilation.empty() ? std::vector<std::int64_t>(axis_count, 1) : application.sizes(names.dilation, axis_count);
  if (!size || !stride || !dilation) {
    return std::nullopt;
  }
  Windows windows{.size = *size, .stride = *stride, .dilation = *dilation, .border = {}, .output = {}};
  const std::span<const Dim> axes = std::span(application.type().shape.axes).subspan(first_axis, axis_count);
  const auto borders = infer_borders(application, axes, windows);
  if (!borders) {
    return std::nullopt;
  }
  windows.border = *borders;
  if (!windows_fit(application, first_axis, windows)) {
    return std::nullopt;
  }
  for (std::size_t axis = 0; axis < axis_count; ++axis) {
    windows.output.push_back(
        window_count(axes[axis], windows.border[axis], extent_of(windows, axis), windows.stride[axis]));
  }
  return windows;
}

void lint_skipped_cells(const Application& application, const Windows& windows, const SkippedCells& options) {
  double read_part = 1;
  for (std::size_t axis = 0; axis < windows.size.size(); ++axis) {
    const bool is_allowed = options.allows_single_cells && windows.size[axis] == 1;
    if (windows.stride[axis] > extent_of(windows, axis) && !is_allowed) {
      read_part *= static_cast<double>(windows.size[axis]) / static_cast<double>(windows.stride[axis]);
    }
  }
  if (read_part == 1) {
    return;
  }
  constexpr double kPercent = 100;
  const BoundSetting& stride = application.setting("stride");
  application.report->add(stride.span, diag::SkippedCells, application.text, sizes_text(windows.size),
                          sizes_text(windows.stride), fmt::format("{:.0f} %", kPercent * (1 - read_part)));
}

std::string windows_details(const Application& application, const Windows& windows) {
  const auto is_one = [](std::int64_t size) { return size == 1; };
  const bool has_stride = application.has("stride") && !std::ranges::all_of(windows.stride, is_one);
  const bool has_dilation = !std::ranges::all_of(windows.dilation, is_one);
  const std::string padding = application.setting("padding").value.to_text();
  return join_details({has_stride ? "stride " + sizes_text(windows.stride) : "",
                       padding == "valid" ? "" : (padding == "same" || padding == "causal" ? "" : "padding ") + padding,
                       has_dilation ? "dilation " + sizes_text(windows.dilation) : ""});
}

}  // namespace kdlc::catalogue
