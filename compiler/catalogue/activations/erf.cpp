// erf: the error function.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::erf, x);
}

}  // namespace

extern const Activation activation_erf = {
    .name = "erf",
    .summary = "2 / √π · ∫ exp(-t²) from 0 to x",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
