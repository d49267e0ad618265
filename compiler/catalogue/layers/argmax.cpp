// argmax: where the largest number along an axis stands.
#include "catalogue/extreme_place.hpp"

namespace kdlc::catalogue {

extern const Layer layer_argmax = {
    .name = "argmax",
    .summary =
        "the place of the largest number along an axis, as i32: the first of equals, the first NaN if there is one",
    .inputs = {{.name = "x", .doc = "numbers of any shape"}},
    .settings = extreme_place_settings(),
    .foreign_names = extreme_place_foreign_names(),
    .infer = infer_extreme_place,
    .lower = [](Lowering& lowering) { return lower_extreme_place(lowering, graph::Reducer::maximum); },
};

}  // namespace kdlc::catalogue
