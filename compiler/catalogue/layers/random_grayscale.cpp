// random_grayscale: makes images grey by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_grayscale = {
    .name = "random_grayscale",
    .summary = "makes images grey by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 0.5, "the chance of a change")},
    .known_elsewhere_as = {"RandomGrayscale"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
