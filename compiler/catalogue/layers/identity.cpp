// identity: its input, under another name.
#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

extern const Layer layer_identity = {
    .name = "identity",
    .summary = "the input unchanged",
    .inputs = {{.name = "x", .doc = "any type and shape"}},
    .known_elsewhere_as = {"Identity", "ActivityRegularization"},
    .infer =
        [](const Application& application) {
          return std::optional(Inferred{.results = {application.type()}, .weights = {}, .details = ""});
        },
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
