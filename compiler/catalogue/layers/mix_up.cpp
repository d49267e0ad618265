// mix_up: mixes images with others by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_mix_up = {
    .name = "mix_up",
    .summary = "mixes images with others by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("alpha", 0.2, "how much of the others is mixed in")},
    .known_elsewhere_as = {"MixUp"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
