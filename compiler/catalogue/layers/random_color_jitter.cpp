// random_color_jitter: changes brightness, contrast, saturation and hue by chance in training; the identity in the
// forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_color_jitter = {
    .name = "random_color_jitter",
    .summary =
        "changes brightness, contrast, saturation and hue by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("brightness_factor", 0, "how much brightness changes at most"),
                 factor_setting("contrast_factor", 0, "how much contrast changes at most"),
                 factor_setting("saturation_factor", 0, "how much saturation changes at most"),
                 factor_setting("hue_factor", 0, "how much hue changes at most")},
    .known_elsewhere_as = {"RandomColorJitter"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
