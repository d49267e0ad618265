// random_translation: moves images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_translation = {
    .name = "random_translation",
    .summary = "moves images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("height_factor", std::nullopt, "the largest part of the height"),
                 factor_setting("width_factor", std::nullopt, "the largest part of the width")},
    .known_elsewhere_as = {"RandomTranslation"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
