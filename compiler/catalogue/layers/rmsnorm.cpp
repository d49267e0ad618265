// rmsnorm: each sample divided by its root mean square over some axes.
#include "catalogue/axes.hpp"
#include "catalogue/normalisation.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::Reducer;

/// y = x / √(mean x² + eps) · scale
graph::NodeId lower_row(graph::Builder& builder, graph::NodeId row, const NormalisationWeights& weights, double eps) {
  const DType dtype = builder.type(row).dtype;
  RowsProgram program(dtype, 2);
  const auto square =
      program.reduce(Reducer::mean, {0}, [](auto& map, const auto& v) { return map.multiply(v[0], v[0]); });
  program.map({0, square, 1}, [&](auto& map, const auto& v) {
    const auto root = map.apply(MapOp::rsqrt, map.add(v[1], map.constant(eps, dtype)));
    return map.multiply(map.multiply(v[0], root), v[2]);
  });
  return builder.rows(program.finish(), {row, *weights.gamma}, dtype);
}

}  // namespace

extern const Layer layer_rmsnorm = {
    .name = "rmsnorm",
    .summary = "scale · x / √(mean x² + eps) over an axis or several",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = with_weight_settings({eps_setting(1e-6), normalised_axes_setting()}, WeightSettings::normalisation),
    .foreign_names = with_weight_foreign_names({}),
    .known_elsewhere_as = {"RMSNormalization", "RMSNorm"},
    .infer =
        [](const Application& application) { return infer_normalisation(application, {.gamma = "scale", .beta = ""}); },
    .lower = [](Lowering& lowering) { return lower_normalisation(lowering, lower_row); },
};

}  // namespace kdlc::catalogue
