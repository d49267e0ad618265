// log_softmax: the logarithm of softmax.
#include "catalogue/activation_axes.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::Reducer;

/// x - max x - log Σ exp(x - max x)
graph::NodeId lower(graph::Builder& builder, graph::NodeId x, std::span<const double> settings) {
  return apply_along(builder, x, {axis_of(builder.type(x), settings[0])}, [&](graph::NodeId row) {
    const DType dtype = builder.type(row).dtype;
    RowsProgram program(dtype, 1);
    const auto largest = program.reduce(Reducer::maximum, {0}, [](auto&, const auto& v) { return v[0]; });
    const auto sum = program.reduce(Reducer::sum, {0, largest}, [](auto& map, const auto& v) {
      return map.apply(MapOp::exp, map.subtract(v[0], v[1]));
    });
    program.map({0, largest, sum}, [](auto& map, const auto& v) {
      return map.subtract(map.subtract(v[0], v[1]), map.apply(MapOp::log, v[2]));
    });
    return builder.rows(program.finish(), {row}, dtype);
  });
}

}  // namespace

extern const Activation activation_log_softmax = {
    .name = "log_softmax",
    .summary = "x - log Σ exp(x) along an axis",
    .settings = {axis_setting(-1)},
    .lower = lower,
    .infer = infer_sum_of_one,
    .known_elsewhere_as = {"LogSoftmax"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
