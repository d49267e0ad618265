// random_color_degeneration: moves images towards grey by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_color_degeneration = {
    .name = "random_color_degeneration",
    .summary = "moves images towards grey by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", std::nullopt, "how far at most")},
    .known_elsewhere_as = {"RandomColorDegeneration"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
