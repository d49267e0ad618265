// max: the largest number over axes of one tensor, or at each place of several.
#include "catalogue/reduction.hpp"

namespace kdlc::catalogue {

extern const Layer layer_max = {
    .name = "max",
    .summary =
        "`max(x, axis:)`: the largest number over axes (without `axis` all but N); `max(a, b, …)`: the largest at each "
        "place, with broadcasting",
    .inputs = {{.name = "tensors", .arity = Arity::variadic, .doc = "one tensor to reduce, or several to compare"}},
    .settings = reduction_settings(),
    .foreign_names = reduction_foreign_names(),
    .infer = infer_extreme,
    .lower = [](Lowering& lowering) { return lower_extreme(lowering, graph::Reducer::maximum, graph::MapOp::maximum); },
};

}  // namespace kdlc::catalogue
