// aug_mix: mixes images with chains of random changes of them in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_aug_mix = {
    .name = "aug_mix",
    .summary = "mixes images with chains of random changes of them in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 0.3, "how strong each change is")},
    .known_elsewhere_as = {"AugMix"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
