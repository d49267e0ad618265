// mean: the mean over axes.
#include "catalogue/axes.hpp"
#include "catalogue/reduction.hpp"

namespace kdlc::catalogue {

extern const Layer layer_mean = {
    .name = "mean",
    .summary = "the mean over axes; without `axis` over all but N",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = reduction_settings(),
    .foreign_names = reduction_foreign_names(),
    .infer =
        [](const Application& application) {
          return require_floats(application) ? infer_reduction(application) : std::nullopt;
        },
    .lower = [](Lowering& lowering) { return lower_reduction(lowering, graph::Reducer::mean); },
};

}  // namespace kdlc::catalogue
