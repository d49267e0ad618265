// log_cosh: the logarithm of the hyperbolic cosine of the difference.
#include <numbers>

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    // log cosh x = |x| + log(1 + exp(-2 |x|)) - log 2: no exponential overflows.
    const DType dtype = map.dtype(p);
    const auto size = map.apply(MapOp::absolute, map.subtract(p, t));
    const auto power = map.apply(MapOp::exp, map.multiply(size, map.constant(-2, dtype)));
    return map.subtract(map.add(size, map.apply(MapOp::log1p, power)), map.constant(std::numbers::ln2, dtype));
  });
}

}  // namespace

extern const Loss loss_log_cosh = {
    .score = {.name = "log_cosh",
              .summary = "mean log cosh(p - t)",
              .known_elsewhere_as = {"LogCosh", "LogCoshError", "logcosh"}},
    .values = values,
};

}  // namespace kdlc::catalogue
