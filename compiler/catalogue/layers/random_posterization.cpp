// random_posterization: keeps the leading bits of images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_posterization = {
    .name = "random_posterization",
    .summary = "keeps the leading bits of images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", std::nullopt, "how many bits stay")},
    .known_elsewhere_as = {"RandomPosterization"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
