// Arithmetic of sliding windows: sizes of results and borders, for convolutions and pools.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

struct Border {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// Windows over some neighbouring axes; all vectors have one item for each of these axes.
struct Windows {
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<Border> border;
  std::vector<Dim> output;  // the number of windows along each axis
};

/// The names of the settings to read; an empty dilation means that the layer has none.
struct WindowSettings {
  std::string_view size;
  std::string_view dilation;
};

/// Reads size, stride, dilation and padding for `axis_count` axes of input 0 from `first_axis` on; nullopt after
/// reporting K317 or K341. A stride without a value is the size of the window.
std::optional<Windows> infer_windows(const Application& application, std::size_t first_axis, std::size_t axis_count,
                                     const WindowSettings& names);

/// A padding of numbers only: an int, [h, w] or [[top, bottom], [left, right]]; nullopt after reporting K341.
std::optional<std::vector<Border>> explicit_borders(const Application& application, std::string_view setting,
                                                    std::size_t axis_count);

/// K552 where cells between two windows are never read. A convolution of single cells with a stride is the usual
/// projection and allowed.
struct SkippedCells {
  bool allows_single_cells = false;
};
void lint_skipped_cells(const Application& application, const Windows& windows, const SkippedCells& options);

/// `5×5`.
std::string sizes_text(std::span<const std::int64_t> sizes);
/// What of stride, padding and dilation differs from its default: `stride 2, same`.
std::string windows_details(const Application& application, const Windows& windows);

}  // namespace kdlc::catalogue
