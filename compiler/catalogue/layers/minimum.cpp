// minimum: the smallest of several tensors at each place.
#include "catalogue/merge.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value join(MapBuilder& map, MapBuilder::Value a, MapBuilder::Value b) {
  return map.minimum(a, b);
}

}  // namespace

extern const Layer layer_minimum = {
    .name = "minimum",
    .summary = "min(a, b, …); axes missing after N are inserted, otherwise the shapes are equal",
    .inputs = merge_inputs(),
    .known_elsewhere_as = {"Minimum"},
    .infer = infer_merge,
    .lower = [](Lowering& lowering) { return lower_merge(lowering, join); },
};

}  // namespace kdlc::catalogue
