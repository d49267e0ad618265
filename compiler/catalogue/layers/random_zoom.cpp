// random_zoom: enlarges or shrinks images by chance in training; the identity in the forward pass.
#include "catalogue/augmentation.hpp"

namespace kdlc::catalogue {

extern const Layer layer_random_zoom = {
    .name = "random_zoom",
    .summary = "enlarges or shrinks images by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "[N, height, width, channels]"}},
    .settings = {factor_setting("height_factor", std::nullopt, "how much larger or smaller at most"),
                 factor_setting("width_factor", 0, "the same across; as the height when 0")},
    .known_elsewhere_as = {"RandomZoom"},
    .infer = infer_augmentation,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
