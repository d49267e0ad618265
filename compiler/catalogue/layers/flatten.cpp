// flatten: all axes of a sample as one.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const BoundInput& x = application.inputs[0];
  const Shape sample = x.type.shape.without_batch();
  for (const Dim& axis : sample.axes) {
    if (!axis.is_constant()) {
      application.report->add(application.span, diag::DynamicFlatten, fmt::format("`{}`", x.text), axis.to_text())
          .label(x.span, x.type.shape.to_text())
          .help("pool over that axis first: `global_avgpool`, `global_maxpool`, or `mean` with `axis:`");
      return std::nullopt;
    }
  }
  TensorType type{.dtype = x.type.dtype, .shape = {}};
  if (x.type.shape.has_batch()) {
    type.shape.axes.push_back(Dim::batch());
  }
  type.shape.axes.push_back(sample.element_count());
  return Inferred{.results = {type}, .weights = {}, .details = ""};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  return {lowering.builder.reshape(lowering.inputs[0], lowering.inferred.results[0].shape)};
}

}  // namespace

extern const Layer layer_flatten = {
    .name = "flatten",
    .summary = "the numbers of a sample in one axis, row by row: [N, h, w, c] becomes [N, h·w·c]",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .known_elsewhere_as = {"Flatten"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
