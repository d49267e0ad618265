// cos: the cosine.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::cos, x);
}

}  // namespace

extern const Activation activation_cos = {
    .name = "cos",
    .summary = "cos x, x in radians",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
