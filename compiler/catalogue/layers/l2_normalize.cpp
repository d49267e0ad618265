// l2_normalize: each sample divided by its Euclidean length over an axis.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/rows.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::Reducer;

std::optional<Inferred> infer(const Application& application) {
  const bool holds_floats = require_floats(application);
  if (!resolve_axes(application, application.inputs[0]) || !holds_floats) {
    return std::nullopt;
  }
  return Inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
}

/// x · min(1 / √(Σ x²), 1 / eps): a row of zeros stays zero.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  const double largest_factor = 1 / lowering.application.number("eps");
  const auto axes = *resolve_axes(lowering.application, lowering.application.inputs[0]);
  graph::Builder& builder = lowering.builder;
  return {apply_along(builder, lowering.inputs[0], axes, [&](graph::NodeId row) {
    const DType dtype = builder.type(row).dtype;
    RowsProgram program(dtype, 1);
    const auto square =
        program.reduce(Reducer::sum, {0}, [](auto& map, const auto& v) { return map.multiply(v[0], v[0]); });
    program.map({0, square}, [&](auto& map, const auto& v) {
      const auto factor = map.minimum(map.apply(MapOp::rsqrt, v[1]), map.constant(largest_factor, dtype));
      return map.multiply(v[0], factor);
    });
    return builder.rows(program.finish(), {row}, dtype);
  })};
}

}  // namespace

extern const Layer layer_l2_normalize = {
    .name = "l2_normalize",
    .summary = "x / max(√(Σ x²), eps) over an axis or several",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "axis",
                  .kind = SettingKind::axes,
                  .default_value = integer_value(-1),
                  .doc = "the axis or axes of the length, N being axis 0"},
                 {.name = "eps",
                  .kind = SettingKind::number,
                  .default_value = number_value(1e-12),
                  .range = above_zero(),
                  .doc = "the smallest length to divide by"}},
    .foreign_names = {{"epsilon", "eps"}},
    .known_elsewhere_as = {"UnitNormalization"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
