// subtract: the difference of two tensors.
#include "catalogue/merge.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value join(MapBuilder& map, MapBuilder::Value a, MapBuilder::Value b) {
  return map.subtract(a, b);
}

}  // namespace

extern const Layer layer_subtract = {
    .name = "subtract",
    .summary = "a - b; axes missing after N are inserted, otherwise the shapes are equal",
    .inputs = {{.name = "a", .doc = "what is subtracted from"}, {.name = "b", .doc = "what is subtracted"}},
    .known_elsewhere_as = {"Subtract"},
    .infer = infer_merge,
    .lower = [](Lowering& lowering) { return lower_merge(lowering, join); },
};

}  // namespace kdlc::catalogue
