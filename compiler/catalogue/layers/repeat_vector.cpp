// repeat_vector: the same numbers at every one of n new steps.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const BoundInput& x = application.inputs[0];
  if (!x.type.shape.has_batch() || x.type.shape.axis_count() != 2) {
    application.report->add(x.span, diag::AxisCount, named_with_axes(x), "repeat_vector", "2 axes [N, features]");
    return std::nullopt;
  }
  TensorType type = x.type;
  type.shape.axes.insert(type.shape.axes.begin() + 1, Dim(application.integer("count")));
  return Inferred{.results = {type}, .weights = {}, .details = fmt::format("{} times", application.integer("count"))};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  Shape one = lowering.inferred.results[0].shape;
  one.axes[1] = 1;
  const graph::NodeId step = lowering.builder.reshape(lowering.inputs[0], one);
  return {lowering.builder.broadcast_to(step, lowering.inferred.results[0].shape)};
}

}  // namespace

extern const Layer layer_repeat_vector = {
    .name = "repeat_vector",
    .summary = "[N, features] at each of `count` steps: [N, count, features]",
    .inputs = {{.name = "x", .doc = "[N, features]"}},
    .settings = {{.name = "count", .range = size_range(), .doc = "the number of steps"}},
    .foreign_names = {{"n", "count"}},
    .known_elsewhere_as = {"RepeatVector"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
