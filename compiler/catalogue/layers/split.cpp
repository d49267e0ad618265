// split: a tensor cut into equal parts along an axis, one result each.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const auto axis = resolve_axis(application, application.integer("axis"), application.inputs[0]);
  if (!axis) {
    return std::nullopt;
  }
  const std::int64_t parts = application.integer("parts");
  TensorType type = application.type();
  Dim& size = type.shape.axes[*axis];
  if (remainder(size, parts) != Dim(0)) {
    const BoundSetting& bound = application.setting("parts");
    application.report
        ->add(bound.span, diag::SettingRange, bound.value.to_text(), "parts", "split",
              fmt::format("a divisor of axis {}, {}", *axis, size.to_text()))
        .label(application.inputs[0].span, type.shape.to_text());
    return std::nullopt;
  }
  size = floor_divide(size, parts);
  return Inferred{.results = std::vector<TensorType>(static_cast<std::size_t>(parts), type),
                  .weights = {},
                  .details = given_settings_text(application)};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto axis =
      resolve_axis(lowering.application, lowering.application.integer("axis"), lowering.application.inputs[0]);
  const Shape& part = lowering.inferred.results[0].shape;
  std::vector<Dim> begin(part.axis_count(), Dim(0));
  const std::vector<std::int64_t> step(part.axis_count(), 1);
  std::vector<graph::NodeId> nodes;
  for (std::size_t index = 0; index < lowering.inferred.results.size(); ++index) {
    nodes.push_back(lowering.builder.slice(lowering.inputs[0], begin, part.axes, step));
    begin[*axis] = begin[*axis] + part.axes[*axis];
  }
  return nodes;
}

}  // namespace

extern const Layer layer_split = {
    .name = "split",
    .summary = "equal parts along an axis, one result each",
    .inputs = {{.name = "x", .doc = "any shape"}},
    // More results than names can be given to are a slip.
    .settings = {{.name = "parts", .range = {.minimum = 1, .maximum = 4096}, .doc = "the number of parts"},
                 axis_setting(-1)},
    .foreign_names = {{"num_or_size_splits", "parts"}, {"dim", "axis"}},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
