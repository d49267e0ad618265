// random_perspective: tilts images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_perspective = {
    .name = "random_perspective",
    .summary = "tilts images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 1, "the chance of a change"),
                 factor_setting("scale", 1, "how far corners move at most")},
    .known_elsewhere_as = {"RandomPerspective"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
