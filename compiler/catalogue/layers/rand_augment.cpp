// rand_augment: makes several random changes of images in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_rand_augment = {
    .name = "rand_augment",
    .summary = "makes several random changes of images in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 0.5, "how strong each change is")},
    .known_elsewhere_as = {"RandAugment"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
