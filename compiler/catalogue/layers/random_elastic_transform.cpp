// random_elastic_transform: warps images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_elastic_transform = {
    .name = "random_elastic_transform",
    .summary = "warps images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 1, "the chance of a change"),
                 factor_setting("scale", 1, "how far points move")},
    .known_elsewhere_as = {"RandomElasticTransform"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
