// ceil: the next whole number above.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::ceil, x);
}

}  // namespace

extern const Activation activation_ceil = {
    .name = "ceil",
    .summary = "the smallest whole number that is not below x",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
