// huber: squared near zero, straight beyond.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const double delta = lowering.application.number("delta");
    const auto size = map.apply(MapOp::absolute, map.subtract(p, t));
    const auto square = map.multiply(map.constant(0.5, dtype), map.multiply(size, size));
    const auto line =
        map.subtract(map.multiply(map.constant(delta, dtype), size), map.constant(delta * delta / 2, dtype));
    return map.select(map.apply(MapOp::less_equal, size, map.constant(delta, dtype)), square, line);
  });
}

}  // namespace

extern const Loss loss_huber = {
    .score = {.name = "huber",
              .summary = "mean of e²/2 where |e| <= delta, delta·|e| - delta²/2 elsewhere",
              .settings = {{.name = "delta",
                            .kind = SettingKind::number,
                            .default_value = number_value(1),
                            .range = above_zero(),
                            .doc = "where the square becomes a line"}},
              .known_elsewhere_as = {"Huber", "HuberLoss", "SmoothL1Loss", "huber_loss"}},
    .values = values,
};

}  // namespace kdlc::catalogue
