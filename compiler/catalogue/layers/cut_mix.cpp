// cut_mix: puts parts of images into others by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_cut_mix = {
    .name = "cut_mix",
    .summary = "puts parts of images into others by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("factor", 1, "how large the parts are")},
    .known_elsewhere_as = {"CutMix"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
