// add: the sum of several tensors.
#include "catalogue/merge.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value join(MapBuilder& map, MapBuilder::Value a, MapBuilder::Value b) {
  return map.add(a, b);
}

}  // namespace

extern const Layer layer_add = {
    .name = "add",
    .summary = "a + b + …; axes missing after N are inserted, otherwise the shapes are equal",
    .inputs = merge_inputs(),
    .known_elsewhere_as = {"Add"},
    .infer = infer_merge,
    .lower = [](Lowering& lowering) { return lower_merge(lowering, join); },
};

}  // namespace kdlc::catalogue
