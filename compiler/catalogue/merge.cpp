// Layers that join several tensors number by number: add, multiply, maximum and their like.
#include "catalogue/merge.hpp"

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/joining.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// The input with the most axes of its own: the one whose shape the result has.
const BoundInput& widest(const Application& application) {
  const BoundInput* result = &application.inputs[0];
  for (const BoundInput& input : application.inputs) {
    if (input.type.shape.without_batch().axis_count() > result->type.shape.without_batch().axis_count()) {
      result = &input;
    }
  }
  return *result;
}

/// `axis 2 differs, 5 and 4`; nullopt when `small` stands at the end of `large`.
std::optional<std::string> find_difference(const Shape& large, const Shape& small) {
  const std::size_t offset = large.axis_count() - small.axis_count();
  for (std::size_t axis = 0; axis < small.axis_count(); ++axis) {
    const Dim& wanted = large.axes[offset + axis];
    if (small.axes[axis] != wanted) {
      return fmt::format("{} here, {} there", small.axes[axis].to_text(), wanted.to_text());
    }
  }
  return std::nullopt;
}

/// Axes are inserted behind N; where sizes are equal by chance, others could have been meant.
void lint_inserted_axes(const Application& application, const BoundInput& large) {
  const std::size_t own_count = large.type.shape.without_batch().axis_count();
  for (const BoundInput& input : application.inputs) {
    const Shape small = input.type.shape.without_batch();
    if (!input.type.shape.has_batch() || small.axis_count() == own_count) {
      continue;
    }
    std::string taken = "[N";
    std::string reshaped;
    for (std::size_t axis = 0; axis < own_count; ++axis) {
      const std::size_t inserted = own_count - small.axis_count();
      const std::string size = axis < inserted ? "1" : small.axes[axis - inserted].to_text();
      taken += ", " + size;
      reshaped += (reshaped.empty() ? "" : ", ") + size;
    }
    application.report
        ->add(input.span, diag::InsertedAxes, input.text, input.type.shape.to_text(), taken + "]",
              std::string(application.layer->name))
        .label(large.span, large.type.shape.to_text())
        .help(fmt::format("`reshape({})` says so", reshaped));
  }
}

}  // namespace

std::optional<Inferred> infer_merge(const Application& application) {
  const BoundInput& large = widest(application);
  const Shape sample = large.type.shape.without_batch();
  const std::string name(application.layer->name);
  bool fits = one_element_type(application);
  bool has_batch = false;
  for (const BoundInput& input : application.inputs) {
    has_batch = has_batch || input.type.shape.has_batch();
    const auto difference = find_difference(sample, input.type.shape.without_batch());
    if (difference) {
      application.report
          ->add(application.span, diag::BroadcastMismatch, input.text, input.type.shape.to_text(), large.text,
                large.type.shape.to_text(), name)
          .label(input.span, *difference)
          .label(large.span, large.type.shape.to_text())
          .help(fmt::format("`{}` wants equal shapes; stretching on purpose is written with an operator", name));
      fits = false;
    }
  }
  if (!fits) {
    return std::nullopt;
  }
  lint_inserted_axes(application, large);
  TensorType type{.dtype = application.type().dtype, .shape = sample};
  if (has_batch) {
    type.shape.axes.insert(type.shape.axes.begin(), Dim::batch());
  }
  return Inferred{.results = {type}, .weights = {}, .details = ""};
}

std::vector<graph::NodeId> lower_merge(Lowering& lowering, Join join, Finish finish) {
  graph::Builder& builder = lowering.builder;
  const TensorType& result = lowering.inferred.results[0];
  const std::size_t count = lowering.inputs.size();
  if (count == 1) {
    return {lowering.inputs[0]};
  }
  std::vector<graph::NodeId> operands;
  for (const graph::NodeId input : lowering.inputs) {
    Shape shape = builder.type(input).shape;
    if (shape.has_batch() && shape.axis_count() < result.shape.axis_count()) {
      shape.axes.insert(shape.axes.begin() + 1, result.shape.axis_count() - shape.axis_count(), Dim(1));
      operands.push_back(builder.reshape(input, shape));
    } else {
      operands.push_back(input);
    }
  }
  graph::MapBuilder map;
  auto value = map.operand(0, result.dtype);
  for (std::uint32_t index = 1; index < count; ++index) {
    value = join(map, value, map.operand(index, result.dtype));
  }
  if (finish != nullptr) {
    value = finish(map, value, count);
  }
  return {builder.map(map.finish(value), operands)};
}

std::vector<InputSpec> merge_inputs() {
  return {{.name = "tensors", .arity = Arity::variadic, .doc = "tensors of one shape, or with axes missing after N"}};
}

}  // namespace kdlc::catalogue
