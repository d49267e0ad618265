// random_gaussian_blur: blurs images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_gaussian_blur = {
    .name = "random_gaussian_blur",
    .summary = "blurs images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 1, "the chance of a change"),
                 factor_setting("sigma", 1, "the largest deviation of the blur")},
    .known_elsewhere_as = {"RandomGaussianBlur"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
