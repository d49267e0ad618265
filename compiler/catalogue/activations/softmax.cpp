// softmax: positive numbers that sum to one.
#include "catalogue/activation_axes.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::Reducer;

/// e = exp(x - max x), e × (1 / Σ e): no exponential overflows, and one of them is 1; one division for each row.
graph::NodeId lower(graph::Builder& builder, graph::NodeId x, std::span<const double> settings) {
  return apply_along(builder, x, {axis_of(builder.type(x), settings[0])}, [&](graph::NodeId row) {
    const DType dtype = builder.type(row).dtype;
    RowsProgram program(dtype, 1);
    const auto largest = program.reduce(Reducer::maximum, {0}, [](auto&, const auto& v) { return v[0]; });
    const auto power = program.map(
        {0, largest}, [](auto& map, const auto& v) { return map.apply(MapOp::exp, map.subtract(v[0], v[1])); });
    const auto sum = program.reduce(Reducer::sum, {power}, [](auto&, const auto& v) { return v[0]; });
    program.map({power, sum}, [dtype](auto& map, const auto& v) {
      return map.multiply(v[0], map.divide(map.constant(1, dtype), v[1]));
    });
    return builder.rows(program.finish(), {row}, dtype);
  });
}

}  // namespace

extern const Activation activation_softmax = {
    .name = "softmax",
    .summary = "exp(x) / Σ exp(x) along an axis",
    .settings = {axis_setting(-1)},
    .lower = lower,
    .infer = infer_sum_of_one,
    .known_elsewhere_as = {"Softmax"},
    .gives = ValueRange::distribution,
};

}  // namespace kdlc::catalogue
