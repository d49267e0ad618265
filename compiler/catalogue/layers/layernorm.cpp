// layernorm: each sample normalised over some axes by its own mean and variance.
#include "catalogue/axes.hpp"
#include "catalogue/normalisation.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::Reducer;

/// m = mean x, v = mean (x - m)², y = (x - m) / √(v + eps) · gamma + beta. Two passes over the row: no cancellation.
graph::NodeId lower_row(graph::Builder& builder, graph::NodeId row, const NormalisationWeights& weights, double eps) {
  const DType dtype = builder.type(row).dtype;
  std::vector<graph::NodeId> operands = {row};
  std::vector<RowsProgram::Operand> last = {0, 0, 0};
  for (const std::optional<graph::NodeId>& weight : {weights.gamma, weights.beta}) {
    if (weight) {
      last.push_back(static_cast<RowsProgram::Operand>(operands.size()));
      operands.push_back(*weight);
    }
  }
  RowsProgram program(dtype, static_cast<std::uint32_t>(operands.size()));
  const auto mean = program.reduce(Reducer::mean, {0}, [](auto&, const auto& v) { return v[0]; });
  const auto variance = program.reduce(Reducer::mean, {0, mean}, [](auto& map, const auto& v) {
    const auto difference = map.subtract(v[0], v[1]);
    return map.multiply(difference, difference);
  });
  last[1] = mean;
  last[2] = variance;
  program.map(last, [&](MapBuilder& map, const auto& v) {
    const auto root = map.apply(MapOp::rsqrt, map.add(v[2], map.constant(eps, dtype)));
    auto result = map.multiply(map.subtract(v[0], v[1]), root);
    std::size_t next = 3;
    result = weights.gamma ? map.multiply(result, v[next++]) : result;
    return weights.beta ? map.add(result, v[next]) : result;
  });
  return builder.rows(program.finish(), operands, dtype);
}

}  // namespace

extern const Layer layer_layernorm = {
    .name = "layernorm",
    .summary = "gamma · (x - mean x) / √(variance x + eps) + beta over an axis or several",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = with_weight_settings({eps_setting(1e-3), normalised_axes_setting(), center_setting(), scale_setting()},
                                     WeightSettings::normalisation),
    .foreign_names = with_weight_foreign_names({}),
    .known_elsewhere_as = {"LayerNormalization", "LayerNorm", "layer_norm"},
    .infer =
        [](const Application& application) {
          return infer_normalisation(application, {.gamma = "gamma", .beta = "beta"});
        },
    .lower = [](Lowering& lowering) { return lower_normalisation(lowering, lower_row); },
};

}  // namespace kdlc::catalogue
