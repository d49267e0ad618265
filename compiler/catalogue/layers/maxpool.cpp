// maxpool: the largest number in each window.
#include "catalogue/pooling.hpp"

namespace kdlc::catalogue {

extern const Layer layer_maxpool = {
    .name = "maxpool",
    .summary = "the largest number in each window; over one, two or three axes by the input's",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes between"}},
    .settings = pool_settings(),
    .foreign_names = pool_foreign_names(),
    .known_elsewhere_as = {"MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "MaxPool1D", "MaxPool2D", "MaxPool3D",
                           "MaxPool1d", "MaxPool2d", "MaxPool3d"},
    .infer = infer_maxpool,
    .lower = [](Lowering& lowering) { return lower_pool(lowering, graph::Reducer::maximum); },
};

}  // namespace kdlc::catalogue
