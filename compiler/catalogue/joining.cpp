// Tensors joined along an axis: what concat and stack share.
#include "catalogue/joining.hpp"

#include <algorithm>

#include "catalogue/operators.hpp"

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
  bool agree = true;
  for (const BoundInput& input : application.inputs) {
    agree = same_element_type(application.layer->name, application.inputs[0], input, application.span,
                              *application.report) &&
            agree;
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
