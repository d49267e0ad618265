// sparsemax: the nearest point of the simplex.
//
//   max(x - τ, 0), where Σ max(x - τ, 0) = 1        Martins and Astudillo, "From Softmax to Sparsemax", 2016
//
// The sum is convex, decreasing and made of straight pieces, so Newton's method from the left never passes τ, and needs
// no sort: with d = x - max x, A₀ = {d > -1} holds all that can be above τ, and τₖ = (Σ_{Aₖ} d - 1) / |Aₖ| leaves
// Aₖ₊₁ = {d > τₖ} (Michelot, 1986). It ends after as many turns as there are numbers at most, and since each turn
// divides (sum - 1) · |A| by 4 at least, log₂ n + half of the mantissa's bits are enough for an error below rounding.
#include <algorithm>
#include <bit>

#include "catalogue/activation_axes.hpp"
#include "catalogue/lookup.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::Reducer;
using Values = std::vector<MapBuilder::Value>;

std::int64_t turn_count(std::int64_t size, DType dtype) {
  const std::int64_t half_mantissa = dtype == DType::f64 ? 27 : 13;
  const auto log_of_size = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(size)));
  return std::clamp<std::int64_t>(half_mantissa + log_of_size, 1, std::max<std::int64_t>(size, 1));
}

/// Operands of a turn's formulas: d, then Σ d and |A| of the turn before, if there was one.
MapBuilder::Value is_above(MapBuilder& map, const Values& v) {
  if (v.size() == 1) {
    return map.apply(MapOp::greater, v[0], map.constant(-1, map.dtype(v[0])));
  }
  return map.apply(MapOp::greater, map.multiply(v[0], v[2]), map.subtract(v[1], map.constant(1, map.dtype(v[0]))));
}

MapBuilder::Value where_above(MapBuilder& map, const Values& v, MapBuilder::Value value) {
  return map.select(is_above(map, v), value, map.constant(0, map.dtype(v[0])));
}

graph::NodeId lower(graph::Builder& builder, graph::NodeId x, std::span<const double> settings) {
  return apply_along(builder, x, {axis_of(builder.type(x), settings[0])}, [&](graph::NodeId row) {
    const TensorType type = builder.type(row);
    RowsProgram program(type.dtype, 1);
    const auto largest = program.reduce(Reducer::maximum, {0}, [](auto&, const Values& v) { return v[0]; });
    const auto d = program.map({0, largest}, [](auto& map, const Values& v) { return map.subtract(v[0], v[1]); });
    std::vector<RowsProgram::Operand> operands = {d};
    const std::int64_t turns = turn_count(largest_size(builder.graph(), type.shape.axes.back()), type.dtype);
    for (std::int64_t turn = 0; turn < turns; ++turn) {
      const auto sum =
          program.reduce(Reducer::sum, operands, [](auto& map, const Values& v) { return where_above(map, v, v[0]); });
      const auto count = program.reduce(Reducer::sum, operands, [](auto& map, const Values& v) {
        return where_above(map, v, map.constant(1, map.dtype(v[0])));
      });
      operands = {d, sum, count};
    }
    program.map(operands, [](auto& map, const Values& v) {
      const auto one = map.constant(1, map.dtype(v[0]));
      const auto rest = map.subtract(v[0], map.divide(map.subtract(v[1], one), v[2]));
      return map.apply(MapOp::maximum, rest, map.constant(0, map.dtype(v[0])));
    });
    return builder.rows(program.finish(), {row}, type.dtype);
  });
}

}  // namespace

extern const Activation activation_sparsemax = {
    .name = "sparsemax",
    .summary = "max(x - τ, 0) along an axis, with τ so that the results sum to 1",
    .settings = {axis_setting(-1)},
    .lower = lower,
    .infer = infer_sum_of_one,
    .gives = ValueRange::distribution,
};

}  // namespace kdlc::catalogue
