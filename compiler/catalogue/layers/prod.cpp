// prod: the product over axes.
#include "catalogue/axes.hpp"
#include "catalogue/reduction.hpp"

namespace kdlc::catalogue {

extern const Layer layer_prod = {
    .name = "prod",
    .summary = "the product over axes; without `axis` over all but N",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = reduction_settings(),
    .foreign_names = reduction_foreign_names(),
    .infer =
        [](const Application& application) {
          return require_numbers(application) ? infer_reduction(application) : std::nullopt;
        },
    .lower = [](Lowering& lowering) { return lower_reduction(lowering, graph::Reducer::product); },
};

}  // namespace kdlc::catalogue
