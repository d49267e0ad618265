// random_erasing: covers a part of images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_erasing = {
    .name = "random_erasing",
    .summary = "covers a part of images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 1, "the chance of a change"),
                 factor_setting("scale", 0.33, "the largest part that is covered")},
    .known_elsewhere_as = {"RandomErasing"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
