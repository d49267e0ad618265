// random_saturation: changes the strength of colours by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_saturation = {
    .name = "random_saturation",
    .summary = "changes the strength of colours by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", std::nullopt, "how much at most")},
    .known_elsewhere_as = {"RandomSaturation"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
