// random_brightness: makes images brighter or darker by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_brightness = {
    .name = "random_brightness",
    .summary = "makes images brighter or darker by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", std::nullopt, "how much at most, as a part of the range")},
    .known_elsewhere_as = {"RandomBrightness"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
