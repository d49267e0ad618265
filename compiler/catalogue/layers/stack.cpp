// stack: tensors of one shape along a new axis.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/joining.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// The first input with a place for the new axis, which is what `axis` counts on.
BoundInput with_new_axis(const Application& application) {
  BoundInput result = application.inputs[0];
  result.type.shape = shape_with_samples(result.type.shape, any_has_batch(application));
  result.type.shape.axes.emplace_back(static_cast<std::int64_t>(application.inputs.size()));
  return result;
}

std::optional<Inferred> infer(const Application& application) {
  bool fits = one_element_type(application);
  const auto axis = resolve_axis(application, application.integer("axis"), with_new_axis(application));
  const bool has_batch = any_has_batch(application);
  const Shape shape = shape_with_samples(application.type().shape, has_batch);
  for (const BoundInput& input : application.inputs) {
    if (shape_with_samples(input.type.shape, has_batch) != shape) {
      application.report
          ->add(application.span, diag::ConcatMismatch, named_with_shape(application.inputs[0]),
                named_with_shape(input), std::to_string(application.integer("axis")))
          .label(application.inputs[0].span, application.type().shape.to_text())
          .label(input.span, input.type.shape.to_text());
      fits = false;
    }
  }
  if (!axis || !fits) {
    return std::nullopt;
  }
  TensorType type{.dtype = application.type().dtype, .shape = shape};
  type.shape.axes.insert(type.shape.axes.begin() + *axis, Dim(static_cast<std::int64_t>(application.inputs.size())));
  return Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto axis =
      resolve_axis(lowering.application, lowering.application.integer("axis"), with_new_axis(lowering.application));
  Shape slice = lowering.inferred.results[0].shape;
  slice.axes[*axis] = 1;
  std::vector<graph::NodeId> slices;
  for (const graph::NodeId node : with_samples(lowering)) {
    slices.push_back(lowering.builder.reshape(node, slice));
  }
  return {slices.size() == 1 ? slices[0] : lowering.builder.concat(slices, *axis)};
}

}  // namespace

extern const Layer layer_stack = {
    .name = "stack",
    .summary = "tensors of one shape along a new axis, the last unless `axis` says otherwise",
    .inputs = {{.name = "tensors", .arity = Arity::variadic, .doc = "tensors of one shape"}},
    .settings = {axis_setting(-1)},
    .foreign_names = {{"dim", "axis"}},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
