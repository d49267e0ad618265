// discretization: the number of the interval in which a value lies.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;

std::optional<Inferred> infer(const Application& application) {
  const std::vector<double> boundaries = numbers_of(application, "boundaries");
  bool rises = !boundaries.empty();
  for (std::size_t index = 1; index < boundaries.size(); ++index) {
    rises = rises && boundaries[index - 1] < boundaries[index];
  }
  if (!rises) {
    const BoundSetting& bound = application.setting("boundaries");
    application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), "boundaries", "discretization",
                            "numbers that rise, at least one");
  }
  if (!require_numbers(application) || !rises) {
    return std::nullopt;
  }
  return Inferred{.results = {{.dtype = DType::i32, .shape = application.type().shape}},
                  .weights = {},
                  .details = fmt::format("{} intervals", boundaries.size() + 1)};
}

/// Counts boundaries that x is not below: x on a boundary lies above it, and NaN above all, as in np.digitize.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const TensorType x = lowering.application.type();
  const DType dtype = is_float(x.dtype) ? x.dtype : DType::f64;
  const std::vector<double> boundaries = numbers_of(lowering.application, "boundaries");
  TensorData data = TensorData::zeros(dtype, {static_cast<std::int64_t>(boundaries.size())});
  for (std::size_t index = 0; index < boundaries.size(); ++index) {
    data.set(static_cast<std::int64_t>(index), boundaries[index]);
  }
  Shape column = x.shape;
  column.axes.emplace_back(1);
  graph::MapBuilder map;
  const auto is_below = map.apply(MapOp::less, map.cast(map.operand(0, x.dtype), dtype), map.operand(1, dtype));
  const auto passed = map.cast(map.apply(MapOp::logical_not, is_below), DType::i32);
  const graph::NodeId flags =
      builder.map(map.finish(passed), {builder.reshape(lowering.inputs[0], column), builder.constant("", data)});
  return {builder.reduce(graph::Reducer::sum, flags, {static_cast<std::uint32_t>(x.shape.axis_count())}, false)};
}

}  // namespace

extern const Layer layer_discretization = {
    .name = "discretization",
    .summary = "the number of the interval in which x lies: how many boundaries are at most x, as i32",
    .inputs = {{.name = "x", .doc = "numbers of any shape"}},
    .settings = {{.name = "boundaries", .kind = SettingKind::list, .doc = "where intervals end and the next begin"}},
    .foreign_names = {{"bin_boundaries", "boundaries"}, {"bins", "boundaries"}},
    .known_elsewhere_as = {"Discretization"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
