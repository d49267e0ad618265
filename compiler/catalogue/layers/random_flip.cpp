// random_flip: mirrors images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_flip = {
    .name = "random_flip",
    .summary = "mirrors images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {{.name = "mode",
                  .kind = SettingKind::word,
                  .default_value = word_value("horizontal_and_vertical"),
                  .words = {"horizontal_and_vertical", "horizontal", "vertical"},
                  .doc = "along which axes"}},
    .known_elsewhere_as = {"RandomFlip"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
