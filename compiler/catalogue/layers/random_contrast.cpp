// random_contrast: changes the contrast of images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_contrast = {
    .name = "random_contrast",
    .summary = "changes the contrast of images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", std::nullopt, "how much at most")},
    .known_elsewhere_as = {"RandomContrast"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
