// global_avgpool: the mean of the numbers of each channel.
#include "catalogue/declare.hpp"
#include "catalogue/pooling.hpp"

namespace kdlc::catalogue {

extern const Layer layer_global_avgpool = {
    .name = "global_avgpool",
    .summary = "the mean of the numbers of each channel over all axes between N and the channels",
    .inputs = {{.name = "x", .doc = "[N, …, channels]"}},
    .settings = global_pool_settings(),
    .foreign_names = {{"keepdims", "keep"}},
    .known_elsewhere_as = {"GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
                           "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D"},
    .infer = infer_global_avgpool,
    .lower = [](Lowering& lowering) { return lower_global_pool(lowering, graph::Reducer::mean); },
};

}  // namespace kdlc::catalogue
