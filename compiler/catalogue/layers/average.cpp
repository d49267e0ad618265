// average: the mean of several tensors.
#include "catalogue/axes.hpp"
#include "catalogue/merge.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

std::optional<Inferred> infer(const Application& application) {
  return require_floats(application) ? infer_merge(application) : std::nullopt;
}

MapBuilder::Value join(MapBuilder& map, MapBuilder::Value a, MapBuilder::Value b) {
  return map.add(a, b);
}

MapBuilder::Value finish(MapBuilder& map, MapBuilder::Value value, std::size_t count) {
  return map.divide(value, map.constant(static_cast<double>(count), map.dtype(value)));
}

}  // namespace

extern const Layer layer_average = {
    .name = "average",
    .summary = "(a + b + …) / count; axes missing after N are inserted, otherwise the shapes are equal",
    .inputs = merge_inputs(),
    .known_elsewhere_as = {"Average"},
    .infer = infer,
    .lower = [](Lowering& lowering) { return lower_merge(lowering, join, finish); },
};

}  // namespace kdlc::catalogue
