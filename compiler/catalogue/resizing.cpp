// Images and sequences at another size.
#include "catalogue/resizing.hpp"

#include <algorithm>
#include <cmath>

#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::NodeId;

/// The cells between which a place lies, and how far it is from the first.
struct Neighbours {
  TensorData first;
  TensorData second;
  TensorData part;  // [size, 1, …, 1]
};

Neighbours bilinear_neighbours(std::int64_t from, std::int64_t to, std::size_t behind, DType dtype) {
  std::vector<std::int64_t> column = {to};
  column.insert(column.end(), behind, 1);
  Neighbours result{.first = TensorData::zeros(DType::i32, {to}),
                    .second = TensorData::zeros(DType::i32, {to}),
                    .part = TensorData::zeros(dtype, column)};
  for (std::int64_t place = 0; place < to; ++place) {
    const double centre =
        (static_cast<double>(place) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    const double floor = std::floor(centre);
    const auto inside = [&](double cell) { return std::clamp(cell, 0.0, static_cast<double>(from - 1)); };
    result.first.set(place, inside(floor));
    result.second.set(place, inside(floor + 1));
    result.part.set(place, centre - floor);
  }
  return result;
}

TensorData nearest_cells(std::int64_t from, std::int64_t to) {
  TensorData cells = TensorData::zeros(DType::i32, {to});
  for (std::int64_t place = 0; place < to; ++place) {
    // floor((place + 1/2) · from / to) in whole numbers.
    cells.set(place, static_cast<double>(std::min((2 * place + 1) * from / (2 * to), from - 1)));
  }
  return cells;
}

}  // namespace

Setting interpolation_setting(Interpolation default_value) {
  return {.name = "interpolation",
          .kind = SettingKind::word,
          .default_value = word_value(default_value == Interpolation::nearest ? "nearest" : "bilinear"),
          .words = {"nearest", "bilinear"},
          .doc = "how new cells are computed: the nearest one, or a mean of those around by distance"};
}

Interpolation interpolation_of(const Application& application) {
  return application.word("interpolation") == "nearest" ? Interpolation::nearest : Interpolation::bilinear;
}

NodeId resize_axis(graph::Builder& builder, NodeId x, std::uint32_t axis, std::int64_t size,
                   Interpolation interpolation) {
  const TensorType type = builder.type(x);
  const std::int64_t from = type.shape.axes[axis].constant();
  if (from == size) {
    return x;
  }
  if (interpolation == Interpolation::nearest) {
    return builder.gather(x, builder.constant("", nearest_cells(from, size)), axis);
  }
  Neighbours neighbours = bilinear_neighbours(from, size, type.shape.axis_count() - axis - 1, type.dtype);
  const NodeId first = builder.gather(x, builder.constant("", std::move(neighbours.first)), axis);
  const NodeId second = builder.gather(x, builder.constant("", std::move(neighbours.second)), axis);
  graph::MapBuilder map;
  const auto a = map.operand(0, type.dtype);
  const auto step = map.multiply(map.subtract(map.operand(1, type.dtype), a), map.operand(2, type.dtype));
  return builder.map(map.finish(map.add(a, step)), {first, second, builder.constant("", std::move(neighbours.part))});
}

}  // namespace kdlc::catalogue
