// Tensors joined along an axis: what concat and stack share.
#include "catalogue/joining.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

Shape shape_with_samples(const Shape& shape, bool has_batch) {
  Shape result = shape;
  if (has_batch && !shape.has_batch()) {
    result.axes.insert(result.axes.begin(), Dim::batch());
  }
  return result;
}

bool any_has_batch(const Application& application) {
  return std::ranges::any_of(application.inputs, [](const BoundInput& input) { return input.type.shape.has_batch(); });
}

bool one_element_type(const Application& application) {
  // Whole numbers and flags are converted to the type of the numbers with a fraction.
  const auto first_float =
      std::ranges::find_if(application.inputs, [](const BoundInput& input) { return is_float(input.type.dtype); });
  const BoundInput& leading = first_float == application.inputs.end() ? application.inputs[0] : *first_float;
  const std::string wanted(name_of(leading.type.dtype));
  bool agree = true;
  for (const BoundInput& input : application.inputs) {
    if (input.type.dtype == leading.type.dtype) {
      continue;
    }
    application.report
        ->add(input.span, diag::ElementType, fmt::format("`{}` ({})", input.text, name_of(input.type.dtype)),
              std::string(application.layer->name), fmt::format("{}, the type of `{}`", wanted, leading.text))
        .label(leading.span, leading.type.to_text())
        .help(fmt::format("convert it with `cast({})`", wanted), cast_edit(input, wanted));
    agree = false;
  }
  return agree;
}

std::vector<graph::NodeId> with_samples(Lowering& lowering) {
  const bool has_batch = any_has_batch(lowering.application);
  std::vector<graph::NodeId> nodes;
  for (const graph::NodeId input : lowering.inputs) {
    const Shape& shape = lowering.builder.type(input).shape;
    const Shape wanted = shape_with_samples(shape, has_batch);
    nodes.push_back(shape == wanted ? input : lowering.builder.broadcast_to(input, wanted));
  }
  return nodes;
}

}  // namespace kdlc::catalogue
