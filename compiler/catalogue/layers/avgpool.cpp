// avgpool: the mean of the numbers in each window.
#include "catalogue/pooling.hpp"

namespace kdlc::catalogue {

extern const Layer layer_avgpool = {
    .name = "avgpool",
    .summary =
        "the mean of the numbers in each window, cells of the border not counting; over one, two or three axes by the "
        "input's",
    .inputs = {{.name = "x", .doc = "[N, …, channels] with one to three axes between"}},
    .settings = pool_settings(),
    .foreign_names = pool_foreign_names(),
    .known_elsewhere_as = {"AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D",
                           "AvgPool3D", "AvgPool1d", "AvgPool2d", "AvgPool3d"},
    .infer = infer_avgpool,
    .lower = [](Lowering& lowering) { return lower_pool(lowering, graph::Reducer::mean); },
};

}  // namespace kdlc::catalogue
