// concat: tensors one behind the other along an axis.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/joining.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// Why `second` cannot stand behind `first`; nullopt when it can.
std::optional<std::string> find_difference(const Shape& first, const Shape& second, std::uint32_t joined_axis) {
  if (first.axis_count() != second.axis_count()) {
    return counted_axes(second.axis_count());
  }
  for (std::size_t axis = 0; axis < first.axis_count(); ++axis) {
    if (axis != joined_axis && first.axes[axis] != second.axes[axis]) {
      return fmt::format("axis {} is {}", axis, second.axes[axis].to_text());
    }
  }
  return std::nullopt;
}

std::string difference_of_first(const Shape& first, const Shape& second, std::uint32_t joined_axis) {
  return *find_difference(second, first, joined_axis);
}

/// The first input, with N when any input carries it.
BoundInput first_input(const Application& application) {
  BoundInput first = application.inputs[0];
  first.type.shape = shape_with_samples(first.type.shape, any_has_batch(application));
  return first;
}

std::optional<Inferred> infer(const Application& application) {
  const bool has_batch = any_has_batch(application);
  const BoundInput first = first_input(application);
  const auto axis = resolve_axis(application, application.integer("axis"), first);
  bool fits = one_element_type(application);
  if (!axis) {
    return std::nullopt;
  }
  TensorType type = first.type;
  for (std::size_t index = 1; index < application.inputs.size(); ++index) {
    const BoundInput& input = application.inputs[index];
    const Shape shape = shape_with_samples(input.type.shape, has_batch);
    const auto difference = find_difference(first.type.shape, shape, *axis);
    if (difference) {
      application.report
          ->add(application.span, diag::ConcatMismatch, named_with_shape(application.inputs[0]),
                named_with_shape(input), std::to_string(*axis))
          .label(application.inputs[0].span, difference_of_first(first.type.shape, shape, *axis))
          .label(input.span, *difference);
      fits = false;
      continue;
    }
    type.shape.axes[*axis] = type.shape.axes[*axis] + shape.axes[*axis];
  }
  return fits ? std::optional(Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)})
              : std::nullopt;
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto axis =
      resolve_axis(lowering.application, lowering.application.integer("axis"), first_input(lowering.application));
  if (lowering.inputs.size() == 1) {
    return lowering.inputs;
  }
  return {lowering.builder.concat(with_samples(lowering), *axis)};
}

}  // namespace

extern const Layer layer_concat = {
    .name = "concat",
    .summary = "tensors one behind the other along an axis; all other axes are equal",
    .inputs = {{.name = "tensors", .arity = Arity::variadic, .doc = "tensors that differ in one axis at most"}},
    .settings = {axis_setting(-1)},
    .foreign_names = {{"dim", "axis"}},
    .known_elsewhere_as = {"Concatenate", "concatenate", "cat"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
