// random_shear: shears images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_shear = {
    .name = "random_shear",
    .summary = "shears images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("x_factor", 0, "how far across at most"),
                 factor_setting("y_factor", 0, "how far down at most")},
    .known_elsewhere_as = {"RandomShear"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
